import { describe, expect, it } from 'vitest'
import { Refused } from '../../../shared/sync/protocol.ts'
import type { Field } from './describing.ts'
import { BadField, drafted, faultOf, written } from './values.ts'

const FIELDS: Field[] = [
  { name: 'email', label: 'E-mail', kind: 'text', isKey: true },
  { name: 'technician', label: 'Technician', kind: 'select', isOptional: true },
  { name: 'territories', label: 'Territories', kind: 'several', isOptional: true },
  { name: 'blocks', label: 'Blocks', kind: 'lines' },
  { name: 'starts', label: 'Begins', kind: 'time', usual: '08:00' },
  { name: 'is_active', label: 'Active', kind: 'check', usual: true },
  { name: 'weights', label: 'Weights', kind: 'json' },
  { name: 'area', label: 'Area', kind: 'area', isOptional: true },
]
const ROW = { email: 'a@b.test', technician: 7, territories: ['N'], blocks: ['192.0.2.0/28', 'x'], starts: '09:30:00', is_active: false, weights: { travel: 2 }, area: [[24, 60], [25, 60], [25, 61]] }

describe('a form', () => {
  it('gives back the row that it was opened with', () => {
    expect(written(FIELDS, drafted(FIELDS, ROW))).toEqual(ROW)
  })

  it('begins with what is usual, and leaves out what is empty and may be', () => {
    const draft = { ...drafted(FIELDS, null), email: ' new@b.test ', weights: '{}' }

    expect(written(FIELDS, draft)).toEqual({ email: 'new@b.test', territories: [], blocks: [], starts: '08:00:00', is_active: true, weights: {} })
  })

  it('asks the server nothing while JSON is none, or a corner', () => {
    expect(() => written(FIELDS, { ...drafted(FIELDS, ROW), weights: '{' })).toThrow(BadField)
    expect(() => written(FIELDS, { ...drafted(FIELDS, ROW), area: 'north' })).toThrow(BadField)
  })
})

describe('a refusal', () => {
  const refused = (code: string, params: object) => new Refused({ code, params } as never)

  it('is shown at the field that its reason is about', () => {
    const faults = [{ section: 'users', row: 1, key: 'a', reason: 'unknown_technician', detail: 'number: 9' }]

    expect(faultOf(refused('rows_at_fault', { faults }), FIELDS, { unknown_technician: 'technician' })).toMatchObject({ field: 'technician' })
  })

  it('is shown at the field that the server names', () => {
    const found = faultOf(refused('malformed', { path: '$.master_data.users[0].email', detail: 'Expected `str`, got `int`' }), FIELDS)

    expect(found).toEqual({ field: 'email', words: 'Words.' })
  })

  it('names the row of a document that it is about', () => {
    const found = faultOf(refused('malformed', { path: '$.master_data.skills[3].code', detail: 'Expected `str`, got `int`' }), [{ name: 'master_data', label: 'Document', kind: 'json' }], { malformed: 'master_data' })

    expect(found).toEqual({ field: 'master_data', words: 'skills[3].code: Words.' })
  })

  it('is shown for all where it is about none', () => {
    expect(faultOf(refused('busy', {}), FIELDS).field).toBeNull()
  })
})
