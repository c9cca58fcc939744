import { expect, test } from 'vitest'
import type { Job } from '../../../shared/documents.ts'
import { latestOf, stepsTo, withDurationOf } from './latest.ts'

const job = (id: string, of: Partial<Job> = {}) => ({ id, technician_id: null, ...of }) as Job

test('of a job that was moved twice only the last place counts, and the job as it was first', () => {
  const [a, moved] = [job('a'), job('a', { technician_id: 'eero' })]
  const moves = [
    { job: a, target: { technicianId: 'eero', start_ms: 1 } },
    { job: job('b'), target: 'backlog' as const },
    { job: moved, target: { technicianId: 'aino', start_ms: 2 } },
  ]

  const found = latestOf(moves)

  expect(found.map(move => [move.job.id, move.target])).toEqual([['a', { technicianId: 'aino', start_ms: 2 }], ['b', 'backlog']])
  expect(found[0]!.job).toBe(a)
})

test('a job that is made longer and then moved stays longer, until it is made longer again or taken back', () => {
  const longer = { technicianId: 'eero', start_ms: 1, duration_s: 900 }

  expect(withDurationOf({ technicianId: 'aino', start_ms: 2 }, longer)).toEqual({ technicianId: 'aino', start_ms: 2, duration_s: 900 })
  expect(withDurationOf({ ...longer, duration_s: 1200 }, longer)).toEqual({ ...longer, duration_s: 1200 })
  expect(withDurationOf('backlog', longer)).toBe('backlog')
})

test('a job that was moved and made longer takes two steps, the second of which sees where the first has put it', () => {
  const found = job('a', { technician_id: 'eero', planned_start: '2026-06-01T06:00:00Z', crew: [], duration_seconds: 600 })
  const start_ms = Date.parse('2026-06-01T07:00:00Z')

  const steps = stepsTo(found, { technicianId: 'aino', start_ms, duration_s: 900 })

  expect(steps.map(step => step.target)).toEqual([
    { technicianId: 'aino', start_ms },
    { technicianId: 'aino', start_ms, duration_s: 900 },
  ])
  expect(steps.map(step => [step.job.technician_id, step.job.planned_start])).toEqual([
    ['eero', '2026-06-01T06:00:00Z'],
    ['aino', '2026-06-01T07:00:00.000Z'],
  ])
})

test('a job that was only made longer is not moved, and one that is back where it was needs nothing', () => {
  const found = job('a', { technician_id: 'eero', planned_start: '2026-06-01T06:00:00Z', crew: [], duration_seconds: 600 })
  const there = { technicianId: 'eero', start_ms: Date.parse('2026-06-01T06:00:00Z') }

  expect(stepsTo(found, { ...there, duration_s: 900 })).toEqual([{ job: found, target: { ...there, duration_s: 900 } }])
  expect(stepsTo(found, there)).toEqual([])
})
