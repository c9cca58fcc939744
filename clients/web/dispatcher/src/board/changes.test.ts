import { expect, test } from 'vitest'
import type { Job } from '../../../shared/documents.ts'
import { changedBy } from './changes.ts'

const job = (id: string, of: Partial<Job> = {}) => ({ id, technician_id: 'eero', planned_start: 'nine', duration_seconds: 5400, lock: 'none', planned_by: 'petra', ...of }) as Job
const known = (...jobs: Job[]) => new Map(jobs.map(one => [one.id, one]))
const told = (before: Job, after: Job) => changedBy(known(before), [after], 'me').map(change => change.what)

test('what a colleague did to a plan is told by its largest part', () => {
  expect(told(job('a'), job('a', { technician_id: 'aino', duration_seconds: 60 }))).toEqual(['place'])
  expect(told(job('a'), job('a', { duration_seconds: 7200, lock: 'both' }))).toEqual(['duration'])
  expect(told(job('a'), job('a', { lock: 'both' }))).toEqual(['lock'])
})

test('nothing is told of what we did ourselves, of the planner, of new jobs and of what is no part of a plan', () => {
  expect(told(job('a'), job('a', { lock: 'both', planned_by: 'me' }))).toEqual([])
  expect(told(job('a'), job('a', { lock: 'both', planned_by: null }))).toEqual([])
  expect(told(job('a'), job('b'))).toEqual([])
  expect(told(job('a'), job('a', { state: 'started' }))).toEqual([])
})

test('of two people at once the first is told', () => {
  const before = known(job('a'), job('b'), job('c'))
  const after = [job('a', { lock: 'both' }), job('b', { lock: 'both', planned_by: 'olli' }), job('c', { technician_id: null })]

  expect(changedBy(before, after, 'me').map(change => change.job.id)).toEqual(['a', 'c'])
})
