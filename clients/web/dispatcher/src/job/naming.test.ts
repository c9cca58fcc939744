import { expect, it } from 'vitest'
import { nameOf } from './naming.ts'

it('names a service by what it is, its order and its place', () => {
  expect(nameOf({ service_kind: 'voice', order_number: 'O-100001', place: 'Liisankatu 12, 00170 Helsinki' })).toBe('Telephone · O-100001 · Liisankatu 12, 00170 Helsinki')
})

it('leaves out what one may not know', () => {
  expect(nameOf({ service_kind: 'internet', order_number: 'O-100001', place: null })).toBe('Internet · O-100001')
  expect(nameOf({})).toBe('')
})
