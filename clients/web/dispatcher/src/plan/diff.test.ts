import { expect, test } from 'vitest'
import { grouped } from './diff.ts'
import type { Move } from './planning.svelte.ts'

const move = (id: string, reason: string, touches_promise: boolean, cost_delta_seconds: number) => ({ id, reason, touches_promise, cost_delta_seconds, sequence: 0 }) as Move

test('what touches a promise is read first, then each reason by what it gains', () => {
  const groups = grouped([
    move('a', 'less_travel', false, -60),
    move('b', 'serves_job', false, -600),
    move('c', 'less_travel', false, -300),
    move('d', 'serves_job', true, -100),
  ])

  expect(groups.map(group => [group.name, group.isPromised, group.moves.map(one => one.id)])).toEqual([
    ['serves_job', true, ['d']],
    ['less_travel', false, ['c', 'a']],
    ['serves_job', false, ['b']],
  ])
})

test('what the planner was asked about is read before anything else', () => {
  const of = (job_id: string, one: Move) => ({ ...one, job_id })
  const moves = [of('x', move('a', 'less_travel', true, -60)), of('y', move('b', 'serves_job', false, -600)), of('z', move('c', 'serves_job', false, 0))]

  expect(grouped(moves, 'z').map(group => group.moves.map(one => one.id))).toEqual([['c', 'b'], ['a']])
})
