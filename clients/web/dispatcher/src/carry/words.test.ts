import { expect, test } from 'vitest'
import type { Drop } from './carry.svelte.ts'
import type { Whole } from './draft.svelte.ts'
import { ofWhole, reasonsOf } from './words.ts'

const broken = (...of: [code: string, job_id: string | null][]) =>
  ({ job_id: 'a', violations: of.map(([code, job_id]) => ({ code, job_id, technician_id: null, params: {} })) }) as unknown as Drop

test('a broken rule names the other job that it is about, and is told once', () => {
  const drop = broken(['technician_busy', 'b'], ['technician_busy', 'b'], ['skill', 'a'], ['after_shift', null], ['window', 'unknown'])

  const told = reasonsOf(drop, id => (id === 'b' ? 'J-2' : undefined))

  expect(told).toEqual(['Lies on other work (J-2)', 'Lacks a skill', 'Ends after the shift', 'Outside the promised window'])
})

test('of what is tried out the price of the whole is told, and each move that does not fit', () => {
  const moves = [broken(), broken(['technician_busy', 'b']), { ...broken(), job_id: 'c', violations: [{ code: 'planned_meanwhile', job_id: 'c', technician_id: null, params: { by: 'Mari' } }] }]
  const whole: Whole = { cost_delta_seconds: -600, travel_delta_seconds: 60, moves }

  const told = ofWhole(whole, id => ({ a: 'J-1', b: 'J-2', c: 'J-3' })[id])

  expect(told).toEqual({
    price: 'saves 10 min',
    misfits: [
      { jobId: 'a', words: 'J-1: Lies on other work (J-2)' },
      { jobId: 'c', words: 'J-3: Mari has moved it meanwhile: it stays there' },
    ],
  })
  expect(ofWhole(null, () => undefined)).toEqual({ price: 'Checking…', misfits: [] })
})
