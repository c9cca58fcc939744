import { expect, test } from 'vitest'
import { isLeased } from './lease.ts'

const HOUR_MS = 3600_000

test.each([
  ['just heard from the server', 0, true],
  ['at the end of the lease', 8 * HOUR_MS, true],
  ['beyond it', 8 * HOUR_MS + 1, false],
  ['with a clock that was set back', -1, false],
])('%s', (_name, since_ms, expected) => {
  expect(isLeased(1_000_000, 8 * 3600, 1_000_000 + since_ms)).toBe(expected)
})

test('a phone that was told of no lease has no end to it', () => {
  expect(isLeased(0, undefined, 100 * 24 * HOUR_MS)).toBe(true)
})
