import { Refused } from '../../../shared/sync/protocol.ts'
import { AREA } from '../../../shared/texts/en/admin.ts'
import { readArea, writtenArea, type Corner } from '../map/area.ts'
import { reasonOf, whyOf } from '../pages/why.ts'
import type { Field, Row, Schemas } from './describing.ts'
import { inWords } from './malformed.ts'

/** What a form holds, as its inputs have it. */
export type Draft = Record<string, string | boolean | string[]>

/** A row as a form shows it; without a row, what is usual. */
export function drafted(fields: readonly Field[], row: Row | null): Draft {
  return Object.fromEntries(fields.map(field => [field.name, shown(field, row ? row[field.name] : field.usual)]))
}

function shown(field: Field, value: unknown): string | boolean | string[] {
  if (field.kind === 'check') return value === true
  if (field.kind === 'several') return ((value ?? []) as unknown[]).map(String)
  if (field.kind === 'lines') return ((value ?? []) as unknown[]).join('\n')
  if (field.kind === 'area') return writtenArea((value ?? []) as Corner[])
  if (field.kind === 'json') return JSON.stringify(value ?? {}, null, 2)
  return value === null || value === undefined ? '' : String(value)
}

/** What a form says, as the server takes it; what is empty and may be is left out. Throws BadField. */
export function written(fields: readonly Field[], draft: Draft): Row {
  const row: Row = {}
  for (const field of fields) {
    const value = read(field, draft[field.name] ?? '')
    if (value !== undefined) row[field.name] = value
  }
  return row
}

/** Nothing that the server should be asked about. */
export class BadField extends Error {
  readonly field: string

  constructor(field: string, message: string) {
    super(message)
    this.field = field
  }
}

function read(field: Field, value: string | boolean | string[]): unknown {
  if (Array.isArray(value)) return field.choices && isNumeric(field) ? value.map(Number) : value
  if (typeof value === 'boolean') return value
  const text = value.trim()
  if (field.kind === 'lines') return text ? text.split('\n').map(line => line.trim()).filter(Boolean) : []
  if (text === '') return undefined
  if (field.kind === 'json') return parsed(field, text)
  if (field.kind === 'area') return corners(field, text)
  if (field.kind === 'time') return text.length === 5 ? `${text}:00` : text
  return field.kind === 'number' || isNumeric(field) ? Number(text) : text
}

/** Numbers by which technicians are chosen, and days of the week, stay numbers. */
const isNumeric = (field: Field) => field.name === 'technician' || field.name === 'weekdays'

function corners(field: Field, text: string): Corner[] {
  const area = readArea(text)
  if (!area) throw new BadField(field.name, AREA.bad)
  return area
}

function parsed(field: Field, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadField(field.name, error instanceof Error ? error.message : '')
  }
}

/** What the server had against a form: its field where it names one, and the sentence. */
export function faultOf(error: unknown, fields: readonly Field[], faults: Readonly<Record<string, string>> = {}): { field: string | null; words: string } {
  if (error instanceof BadField) return { field: error.field, words: error.message }
  if (!(error instanceof Refused)) return { field: null, words: whyOf(error) }
  const { code, params } = error.refusal as { code: string; params?: { path?: string; detail?: string; faults?: Schemas['RowFault'][] } & Row }
  const fault = params?.faults?.[0]
  if (fault) return { field: fieldIn(faults[fault.reason] ?? '', fields), words: `${reasonOf(fault.reason)} ${fault.detail}`.trim() }
  const path = params?.path ?? error.refusal.path ?? ''
  const named = fieldIn(faults[code] ?? '', fields) ?? fields.find(field => new RegExp(`\\.${field.name}\\b(?!.*\\.)`).test(path))?.name ?? null
  // Of a document with many rows the server tells which of them it is.
  const inside = named ? (path.split(`.${named}.`)[1] ?? '') : ''
  const told = inWords(params?.detail ?? '')
  const detail = inside && told ? `${inside}: ${told}` : told
  return { field: named, words: named && detail ? detail : `${reasonOf(code)} ${told}`.trim() }
}

const fieldIn = (name: string, fields: readonly Field[]) => (fields.some(field => field.name === name) ? name : null)
