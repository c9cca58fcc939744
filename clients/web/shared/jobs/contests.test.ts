import { expect, test } from 'vitest'
import type { Job } from '../documents.ts'
import { undecided } from './contests.ts'

const LOST = { id: 'L1', field: 'customer.phone', value: '+358 40 1', side: 'office' }

function job(phone: string, lost: object = LOST): Job {
  return { id: 'J1', customer: { name: 'A', phone }, premises: {}, lost_values: [lost] } as unknown as Job
}

test('a value that lost is contested by the one that counts', () => {
  expect(undecided(job('+358 40 2'), [])).toEqual([
    expect.objectContaining({ id: 'L1', field: 'customer.phone', side: 'office', kept: '+358 40 2', lost: '+358 40 1' }),
  ])
})

test('what was decided is not asked again, whichever of the two values counts by then', () => {
  const [contest] = undecided(job('+358 40 2'), [])

  const after = job('+358 40 1', { ...LOST, id: 'L2', value: '+358 40 2', side: 'site' })

  expect(undecided(after, [contest!.key])).toEqual([])
})

test('a third value is a new contest', () => {
  const [contest] = undecided(job('+358 40 2'), [])

  expect(undecided(job('+358 40 3'), [contest!.key])).toHaveLength(1)
})

test('a value that counts again is not contested', () => {
  expect(undecided(job('+358 40 1'), [])).toEqual([])
})
