import { expect, test } from 'vitest'
import type { Job } from '../documents.ts'
import { nextStep } from './next.ts'

type Seen = Pick<Job, 'state' | 'assignment' | 'arrived' | 'crew' | 'taken_here'>
const seen = (state: Job['state'], changes: Partial<Seen> = {}): Seen => ({
  state,
  assignment: 'acknowledged',
  arrived: false,
  crew: [],
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

const member = (technician_id: string, leads: boolean, acknowledged = false) => ({ technician_id, name: technician_id, leads, acknowledged })

test('a helper takes the job and leaves the steps to the lead', () => {
  const crew = [member('eero', true, true), member('liisa', false)]

  expect(nextStep(seen('pending', { crew }), 'liisa')).toBe('acknowledge')
  expect(nextStep(seen('pending', { crew, taken_here: true }), 'liisa')).toBeNull()
  expect(nextStep(seen('pending', { crew: [crew[0]!, member('liisa', false, true)] }), 'liisa')).toBeNull()
  expect(nextStep(seen('started', { crew, arrived: true }), 'liisa')).toBeNull()
  expect(nextStep(seen('started', { crew, arrived: true }), 'eero')).toBe('complete')
})
