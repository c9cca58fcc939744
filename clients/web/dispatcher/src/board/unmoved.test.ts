import { expect, test } from 'vitest'
import type { Job } from '../../../shared/documents.ts'
import { isUnmoved } from './unmoved.ts'

const job = (of: Partial<Job> = {}) => ({ id: 'a', state: 'pending', technician_id: 'eero', planned_start: '2026-06-01T06:00:00Z', duration_seconds: 600, crew: [], lock: 'none', ...of }) as Job

test('news of a job that say nothing of its place leave it where it is tried', () => {
  expect(isUnmoved(job(), job({ lock: 'both' }))).toBe(true)
})

test('a job that somebody moved, gave to others, made longer or began is shown where it is', () => {
  const changes: Partial<Job>[] = [{ planned_start: '2026-06-01T07:00:00Z' }, { technician_id: 'aino' }, { duration_seconds: 900 }, { state: 'started' }]

  expect(changes.map(change => isUnmoved(job(), job(change)))).toEqual([false, false, false, false])
})
