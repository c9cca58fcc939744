import { expect, test } from 'vitest'
import type { Job } from '../../../shared/documents.ts'
import { overran } from './troubles.ts'

const NOON = Date.parse('2026-06-01T12:00:00Z')
const job = { id: 'j', state: 'started', planned_start: '2026-06-01T09:00:00Z', duration_seconds: 5400 } as Job

test('a job that overran takes half an hour more than it has taken by now', () => {
  expect(overran(job, NOON).duration_seconds).toBe(3 * 3600 + 1800)
})

test('one that will overrun takes half an hour more than planned', () => {
  expect(overran({ ...job, planned_start: '2026-06-01T11:30:00Z' }, NOON).duration_seconds).toBe(7200)
  expect(overran({ ...job, state: 'pending' }, NOON).duration_seconds).toBe(7200)
})
