import { expect, test } from 'vitest'
import type { Appointment } from '../../shared/documents.ts'
import { words } from './words.ts'

const agreed: Appointment = {
  id: 'a',
  state: 'confirmed',
  window: { start: '2026-11-23T06:00:00Z', end: '2026-11-23T08:00:00Z', zone: 'Europe/Helsinki', local: '' },
  what: 'Install fibre',
  street: 'Liisankatu 1',
  city: 'Helsinki',
  job_state: 'pending',
  technician: null,
}

test('before the visit the agreed time is said in the zone of the site', () => {
  const { title, detail } = words(agreed)

  expect(`${title} ${detail}`).toBe('Your technician comes on Monday 23 November between 08:00 and 10:00')
})

test('on the way the technician has a first name and a time', () => {
  const coming: Appointment = { ...agreed, job_state: 'enRoute', technician: { first_name: 'Aino', eta: '2026-11-23T06:40:00Z' } }

  expect(words(coming).title).toBe('Aino is on the way and starts at about 08:40')
})

test('a visit that failed is not told as a step towards done', () => {
  expect(words({ ...agreed, job_state: 'notDone' }).step).toBeNull()
})

test('a cancelled appointment is told whatever the job says', () => {
  expect(words({ ...agreed, state: 'cancelled' }).title).toBe('The visit is cancelled')
})
