import { expect, test } from 'vitest'
import type { Job } from '../../../shared/documents.ts'
import { latestOf } from './latest.ts'

const job = (id: string, of: Partial<Job> = {}) => ({ id, technician_id: null, ...of }) as Job

test('of a job that was moved twice only the last place counts, and the job as it was first', () => {
  const [a, moved] = [job('a'), job('a', { technician_id: 'eero' })]
  const moves = [
    { job: a, target: { technicianId: 'eero', start_ms: 1 }, cost_s: 5 },
    { job: job('b'), target: 'backlog' as const, cost_s: null },
    { job: moved, target: { technicianId: 'aino', start_ms: 2 }, cost_s: 7 },
  ]

  const found = latestOf(moves)

  expect(found.map(move => [move.job.id, move.target])).toEqual([['a', { technicianId: 'aino', start_ms: 2 }], ['b', 'backlog']])
  expect(found[0]!.job).toBe(a)
})
