import { expect, test } from 'vitest'
import { backoff, pause } from './waiting.ts'

test('each failure doubles the wait, up to half a minute', () => {
  expect([1, 2, 3, 9].map(failures => backoff(failures, () => 1))).toEqual([1000, 2000, 4000, 30_000])
})

test('two phones that failed together do not come back together', () => {
  expect(backoff(3, () => 0)).not.toBe(backoff(3, () => 1))
})

test('a pause ends at once when it is woken', async () => {
  const woken = new AbortController()
  const paused = pause(60_000, woken.signal)

  woken.abort()

  await expect(paused).resolves.toBeUndefined()
})
