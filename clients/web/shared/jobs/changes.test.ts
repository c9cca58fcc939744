import { expect, test } from 'vitest'
import type { Job } from '../documents.ts'
import { changesSince, seenJobs } from './changes.ts'

function job(id: string, planned_start: string | null, state = 'pending', window: string | null = null): Job {
  return { id, planned_start, state, window: window && { start: window }, work: { name: 'Install' }, premises: { street: 'Kaivokatu 1' } } as unknown as Job
}

const kinds = (before: Job[], after: Job[]) => changesSince(seenJobs(before), after).map(({ kind, id }) => [kind, id])

test('a phone that never looked at a day is told of no changes', () => {
  expect(changesSince(undefined, [job('A', null)])).toEqual([])
})

test('a job that is the same is no change', () => {
  expect(kinds([job('A', '08:00')], [job('A', '08:00', 'started')])).toEqual([])
})

test('a job that came, one that was moved and one that was taken away are told', () => {
  expect(kinds([job('A', '08:00'), job('B', '10:00')], [job('A', '09:00'), job('C', '12:00')])).toEqual([
    ['moved', 'A'],
    ['added', 'C'],
    ['gone', 'B'],
  ])
})

test('a job that left says why, if the server did', () => {
  const seen = seenJobs([job('A', '08:00'), job('B', '09:00')])

  expect(changesSince(seen, [], { A: 'cancelled' })).toMatchObject([{ id: 'A', why: 'cancelled' }, { id: 'B', why: null }])
})

test('a job was moved because another window was agreed, or planned anew within its own', () => {
  const seen = seenJobs([job('A', '08:00', 'pending', '08'), job('B', '09:00', 'pending', '08')])

  expect(changesSince(seen, [job('A', '10:00', 'pending', '10'), job('B', '08:30', 'pending', '08')])).toMatchObject([
    { id: 'A', isAgreed: true },
    { id: 'B', isAgreed: false },
  ])
})

test('a job that had ended leaves without a word', () => {
  expect(kinds([job('A', '08:00', 'completed')], [])).toEqual([])
})
