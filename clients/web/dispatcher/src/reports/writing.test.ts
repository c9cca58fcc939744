import { expect, test } from 'vitest'
import { rowName } from './writing.ts'

test('why activations fell out is told in words', () => {
  const row = { key: 'line_test_failed', label: 'line_test_failed', values: [] }

  expect(rowName(row, 'reason')).toBe('The line test failed')
})

test('what has a name from the server keeps it', () => {
  expect(rowName({ key: '7', label: 'Southern quarter', values: [] }, 'territory')).toBe('Southern quarter')
})
