import { expect, test } from 'vitest'
import type { Job } from '../documents.ts'
import { nextStep } from './next.ts'

type Seen = Pick<Job, 'state' | 'assignment' | 'arrived'>
const seen = (state: Job['state'], changes: Partial<Seen> = {}): Seen => ({
  state,
  assignment: 'acknowledged',
  arrived: false,
  ...changes,
})

test.each([
  [seen('pending', { assignment: 'dispatched' }), 'acknowledge'],
  [seen('pending'), 'en_route'],
  [seen('enRoute'), 'arrive'],
  [seen('enRoute', { arrived: true }), 'start'],
  [seen('started', { arrived: true }), 'complete'],
  [seen('suspended'), 'resume'],
  [seen('completed'), null],
  [seen('notDone'), null],
  [seen('cancelled'), null],
])('%o goes on with %s', (job, step) => {
  expect(nextStep(job)).toBe(step)
})
