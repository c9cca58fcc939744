import { expect, test } from 'vitest'
import { entryOf, timerAfter, type Timer } from './timer.ts'

const NOW_MS = 1_000_000

test.each([
  ['en_route', 'travel'],
  ['arrive', 'wait'],
  ['start', 'work'],
  ['resume', 'work'],
] as const)('%s begins %s', (step, activity) => {
  expect(timerAfter(step, 'J1', NOW_MS)).toEqual({ job: 'J1', activity, since_ms: NOW_MS })
})

test.each(['complete', 'not_done', 'suspend'] as const)('after %s nothing runs', step => {
  expect(timerAfter(step, 'J1', NOW_MS)).toBeUndefined()
})

test('what ran becomes an entry', () => {
  const timer: Timer = { job: 'J1', activity: 'travel', since_ms: NOW_MS - 60_000 }

  expect(entryOf(timer, NOW_MS)).toEqual([
    { job: 'J1', op: 'time_entry', args: { activity: 'travel', start_ms: NOW_MS - 60_000, end_ms: NOW_MS } },
  ])
})

test('a clock that was set back makes no entry that ends before it starts', () => {
  expect(entryOf({ job: 'J1', activity: 'work', since_ms: NOW_MS + 1 }, NOW_MS)).toEqual([])
})
