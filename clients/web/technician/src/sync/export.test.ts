import { expect, test } from 'vitest'
import { newOutbox, type Entry } from '../../../shared/sync/outbox.ts'
import { entriesOf, exported } from './export.ts'

const entry = { mutation: { mid: 1, uid: 'u1', digest: 'd1' }, state: 'queued' } as unknown as Entry
const file = (technician: string) =>
  JSON.stringify(exported({ ...newOutbox('anna.1'), entries: [entry] }, technician, '2026-11-23T10:00:00Z'))

test('what was saved is read back by the same technician', () => {
  expect(entriesOf(file('anna'), 'anna')).toEqual([entry])
})

test.each([
  ['of somebody else', file('bela')],
  ['that is no JSON', 'holiday.jpg'],
  ['of another form', '{"form":"other","technician":"anna","entries":[]}'],
  ['without entries', '{"form":"truckroll outbox 1","technician":"anna"}'],
  ['that is null', 'null'],
])('a file %s is none', (_name, text) => {
  expect(entriesOf(text, 'anna')).toBeNull()
})
