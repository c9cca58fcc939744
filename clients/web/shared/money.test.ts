import { expect, test } from 'vitest'
import { money } from './money.ts'

test.each([
  [131, 'EUR', '€1.31'],
  [0, 'EUR', '€0.00'],
  [131, 'JPY', 'JP¥131'],
  [1310, 'KWD', 'KWD\u00a01.310'],
  [0, 'XXX', '–'],
])('%i of %s is written %s', (amount, currency, written) => {
  expect(money(amount, currency)).toBe(written)
})
