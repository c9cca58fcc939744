import { expect, test } from 'vitest'
import type { Drop } from './carry.svelte.ts'
import { reasonsOf } from './words.ts'

const broken = (...of: [code: string, job_id: string | null][]) =>
  ({ job_id: 'a', violations: of.map(([code, job_id]) => ({ code, job_id, technician_id: null, params: {} })) }) as unknown as Drop

test('a broken rule names the other job that it is about, and is told once', () => {
  const drop = broken(['technician_busy', 'b'], ['technician_busy', 'b'], ['skill', 'a'], ['after_shift', null], ['window', 'unknown'])

  const told = reasonsOf(drop, id => (id === 'b' ? 'J-2' : undefined))

  expect(told).toEqual(['Lies on other work (J-2)', 'Lacks a skill', 'Ends after the shift', 'Outside the promised window'])
})
