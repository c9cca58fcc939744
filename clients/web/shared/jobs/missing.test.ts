import { expect, test } from 'vitest'
import type { Answer, Job } from '../documents.ts'
import { missing } from './missing.ts'

const light = { code: 'light_level', text: 'Light', kind: 'number' as const, unit: 'dBm', minimum: -27, maximum: -8 }
const remark = { code: 'remark', text: 'Remark', kind: 'text' as const, required: false }

const damage = { code: 'damage', text: 'Damage', kind: 'text' as const, only_if: { item: 'intact', answer: false } }

const job = (checklist: Record<string, Answer>, changes: Partial<Job> = {}): Job =>
  ({
    work: { code: 'W', name: 'Work', checklist: [light, remark] },
    hazards: [],
    premises: { hazards: [] as string[] },
    hazards_acknowledged: [],
    needs_signature: false,
    signature: null,
    checklist,
    ...changes,
  }) as unknown as Job

const kinds = (given: Job, outcome: 'full' | 'partial' = 'full') => missing(given, outcome).map(lack => lack.kind)

test('a required item without an answer is missing, an optional one is not', () => {
  expect(kinds(job({}))).toEqual(['checklist'])
})

test('an answer that was taken back is missing again', () => {
  expect(kinds(job({ light_level: null }))).toEqual(['checklist'])
})

test('a number at its limit is good', () => {
  expect(kinds(job({ light_level: -27 }))).toEqual([])
})

test('a number outside its limits is in the way of a full completion, not of a partial one', () => {
  const dark = job({ light_level: -30 })

  expect([kinds(dark), kinds(dark, 'partial')]).toEqual([['limits'], []])
})

test('what an earlier answer makes needless is neither asked nor missing', () => {
  const work = { code: 'W', name: 'Work', checklist: [damage] } as unknown as Job['work']

  expect([kinds(job({ intact: true }, { work })), kinds(job({ intact: false }, { work }))]).toEqual([[], ['checklist']])
  expect(kinds(job({}, { work }))).toEqual([])
})

test('a hazard of the place must be acknowledged', () => {
  const dog = { premises: { hazards: ['Dog'] } as Job['premises'] }

  expect(kinds(job({ light_level: -20 }, dog))).toEqual(['hazard'])
  expect(kinds(job({ light_level: -20 }, { ...dog, hazards_acknowledged: ['Dog'] }))).toEqual([])
})

test('a unit that is to be brought back stands in the way of a full completion until it is taken out', () => {
  const fetching = { to_recover: [{ serial: 'S1', model: 'GW-6' }], recovered: [] as Job['recovered'] }
  const left = job({ light_level: -20 }, fetching)
  const out = job({ light_level: -20 }, { ...fetching, recovered: [{ serial: 'S1' }] })

  expect([kinds(left), kinds(left, 'partial'), kinds(out)]).toEqual([['unit'], [], []])
})

test('work at a customer’s needs a signature', () => {
  expect(kinds(job({ light_level: -20 }, { needs_signature: true }))).toEqual(['signature'])
})
