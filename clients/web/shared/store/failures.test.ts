import { expect, test } from 'vitest'
import { storageFailure, StorageLost } from './failures.ts'

const named = (name: string, inner?: object) => ({ name, inner })

test.each([
  [named('QuotaExceededError'), 'quota_full'],
  [named('AbortError', named('QuotaExceededError')), 'quota_full'],
  [named('OpenFailedError', named('QuotaExceededError')), 'quota_full'],
  [named('OpenFailedError', named('SecurityError')), 'storage_refused'],
  [named('MissingAPIError'), 'storage_refused'],
  [new StorageLost(), 'storage_lost'],
  [named('TypeError'), null],
  [undefined, null],
])('%j means %s', (error, failure) => {
  expect(storageFailure(error)).toBe(failure)
})
