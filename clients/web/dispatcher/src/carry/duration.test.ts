import { expect, test } from 'vitest'
import type { Job } from '../../../shared/documents.ts'
import { byItsEnd, clamped } from './duration.ts'

test('a job takes full steps of five minutes, and neither no time nor more than half a day', () => {
  expect([5_500, 5_600, -300, 10 ** 6].map(clamped)).toEqual([5_400, 5_700, 300, 43_200])
})

test('only a job that somebody has can be held by its end', () => {
  const job = { technician_id: 'eero', planned_start: '2026-06-01T07:00:00Z', duration_seconds: 5400 } as Job

  expect(byItsEnd(job)).toEqual({ technicianId: 'eero', start_ms: Date.parse('2026-06-01T07:00:00Z'), duration_s: 5400 })
  expect(byItsEnd({ ...job, technician_id: null })).toBeNull()
})
