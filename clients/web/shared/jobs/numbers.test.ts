import { expect, test } from 'vitest'
import { numberOf } from './numbers.ts'

test.each([
  ['', null],
  ['  ', null],
  ['-18,5', -18.5],
  ['−18.5', -18.5],
  ['0', 0],
  ['-', undefined],
  ['1.2.3', undefined],
  ['Infinity', undefined],
  ['dark', undefined],
])('%j is read as %s', (typed, number) => {
  expect(numberOf(typed)).toBe(number)
})
