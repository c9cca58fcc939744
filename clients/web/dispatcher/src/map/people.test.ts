import { expect, test } from 'vitest'
import { initials, wordsOf } from './people.ts'

const NOON = Date.parse('2026-06-01T12:00:00Z')
const known = { now_ms: NOON, zone: 'UTC', name: 'Eero Salo', job: (id: string) => `J-${id}` }
const seen = { technician_id: 'eero', source: 'left_job', latitude: 60, longitude: 25, at: '2026-06-01T11:35:00Z', job_id: '1', heading_to: null } as const

test('a place that was left says how long ago that was, and where somebody is heading', () => {
  expect(wordsOf(seen, known)).toBe('Eero Salo left J-1 25 min ago')
  expect(wordsOf({ ...seen, heading_to: '2' }, known)).toBe('Eero Salo left J-1 25 min ago, on the way to J-2')
})

test('at a job somebody is since then; before the first one nothing is known but the home', () => {
  expect(wordsOf({ ...seen, source: 'at_job' }, known)).toBe('Eero Salo is at J-1 since 11:35')
  expect(wordsOf({ ...seen, source: 'home', at: null, job_id: null }, known)).toBe('Eero Salo has not been seen yet: home')
})

test('people are signed by their initials', () => {
  expect(initials('Eero Salo')).toBe('ES')
})
