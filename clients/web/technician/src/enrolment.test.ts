import { expect, test } from 'vitest'
import { codeIn } from './enrolment.ts'

test.each([
  ['https://office.example/technician/#code=AB23CD45EF', 'AB23CD45EF'],
  ['http://127.0.0.1:8000/technician/#code=AB23CD45EF', 'AB23CD45EF'],
  ['https://office.example/technician/#/van', null],
  ['https://office.example/technician/#code=', null],
  ['https://office.example/technician/#code=<b>', null],
  ['AB23CD45EF', null],
  ['NRSK00000001', null],
  ['javascript:alert(1)#code=AB', null],
])('the code in %s is %s', (link, code) => {
  expect(codeIn(link)).toBe(code)
})
