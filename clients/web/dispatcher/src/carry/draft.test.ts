import { expect, test } from 'vitest'
import type { Job } from '../../../shared/documents.ts'
import type { Board, Place } from '../board/board.svelte.ts'
import { Draft } from './draft.svelte.ts'

const start_ms = Date.parse('2026-06-01T07:00:00Z')
const at = (technicianId: string): Place => ({ technicianId, start_ms })
const job = (id: string, of: Partial<Job> = {}) => ({ id, state: 'pending', technician_id: 'eero', planned_start: '2026-06-01T06:00:00Z', duration_seconds: 600, crew: [], ...of }) as unknown as Job

/** A board that keeps where jobs were put, and a server that answers when it is told to. */
function opened(jobs: Map<string, Job>) {
  const put = new Map<string, Place | null>()
  const waiting: ((cost: number) => void)[] = []
  const answer = (cost: number, moves: unknown) => ({ data: { cost_delta_seconds: cost, travel_delta_seconds: 0, moves }, response: new Response() })
  const board = {
    put: (id: string, place: Place | null) => {
      put.set(id, place)
      return () => void put.delete(id)
    },
    office: {
      live: { one: (_kind: string, id: string) => jobs.get(id) },
      api: { POST: () => new Promise(resolve => waiting.push(cost => resolve(answer(cost, [])))) },
    },
  }
  return { draft: new Draft(board as unknown as Board), put, waiting }
}

test('a move in the middle is left out, and the others stay as they were put', () => {
  const { draft, put } = opened(new Map())
  for (const [id, who] of [['a', 'aino'], ['b', 'aino'], ['a', 'onni'], ['c', 'onni']] as const) draft.add(job(id), at(who))

  draft.leaveOut('a')

  expect(draft.tried.map(move => [move.job_id, move.to?.technician_id])).toEqual([['b', 'aino'], ['c', 'onni']])
  expect([...put.keys()].sort()).toEqual(['b', 'c'])
})

test('the price that is shown is of just these moves, as they were asked about last', async () => {
  const { draft, waiting } = opened(new Map())
  draft.add(job('a'), at('aino'))
  const [first, second] = [draft.weigh(), draft.weigh()]
  waiting[1]!(200)
  waiting[0]!(100)
  await Promise.all([first, second])
  expect(draft.whole?.cost_delta_seconds).toBe(200)

  draft.add(job('b'), at('aino'))

  expect(draft.whole).toBe(null)
})

test('a job that a colleague has moved is tried anew from where it is now', () => {
  const jobs = new Map([['a', job('a')]])
  const { draft } = opened(jobs)
  draft.add(job('a'), at('aino'))
  const moved = job('a', { technician_id: 'onni' })
  jobs.set('a', moved)

  draft.add(moved, at('eero'))

  expect(draft.tried.map(move => [move.seen?.technician_id, move.to?.technician_id])).toEqual([['onni', 'eero']])
})
