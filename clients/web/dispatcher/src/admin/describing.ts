/**
 * What an administration page is, said in data: which rows it lists, how one is written, and what can be done to it. One
 * table and one form (`Resource.svelte`, `Form.svelte`) show them all; `resources.ts` describes them.
 */
import type { Api } from '../../../shared/api/client.ts'
import type { components } from '../../../shared/api/schema.js'

export type Schemas = components['schemas']
export type Role = Schemas['Role']
/** A row as the server has it, by the names of its fields. */
export type Row = Record<string, unknown>

/** kind: number and date as the browser asks for them; lines: a text of several lines that are a list; area: corners, drawn or written; json: anything. */
export type Field = {
  name: string
  label: string
  kind: 'text' | 'number' | 'select' | 'several' | 'check' | 'date' | 'time' | 'lines' | 'area' | 'json'
  /** What can be chosen; for `several` and `select`. */
  choices?: (lists: Lists) => Choice[]
  /** What names the row: it cannot be changed once it is there. */
  isKey?: true
  isOptional?: true
  hint?: string
  /** What it begins with; what depends on where the office is, is told its zone. */
  usual?: unknown | ((zone: string) => string)
}
export type Choice = { value: string | number; label: string }

/** Sections of the master data that forms choose from, as far as they were fetched. */
export type Lists = Readonly<Partial<Record<keyof Schemas['MasterData'], readonly Row[]>>>

/** Something to be handed over, shown once. */
export type HandOver = { link: string; words: string }
/** What came of something that is tried or done row by row. */
export type Outcome = { is_trial: boolean; changes: readonly Schemas['RowChange'][]; faults: readonly Schemas['RowFault'][] }

export type Action = {
  name: string
  isOffered?: (row: Row) => boolean
  mayDo?: (role: Role) => boolean
  /** What came of it is shown when there is something to show. */
  run: (api: Api, row: Row) => Promise<Outcome | HandOver | void>
}

export type Form = {
  /** For a row that is not there yet; a form without it only changes what is. */
  add?: string
  change?: string
  needs?: readonly (keyof Schemas['MasterData'])[]
  fields: readonly Field[]
  /** The row as the form begins with it, where the list does not have it all. */
  open?: (api: Api, row: Row | null) => Promise<Row>
  save: (api: Api, values: Row, row: Row | null) => Promise<Outcome | void>
  /** Reason of a refusal → the field that it is about. */
  faults?: Readonly<Record<string, string>>
}

export type Column = { name: string; label: string; isNumber?: true; /** zone: of the office. */ write?: (value: unknown, row: Row, zone: string) => string }

export type Resource = {
  name: string
  title: string
  about?: string
  mayRead: (role: Role) => boolean
  mayWrite: (role: Role) => boolean
  columns: readonly Column[]
  keyOf: (row: Row) => string
  list: (api: Api, address: Readonly<Record<string, string>>) => Promise<Row[]>
  /** Filters of the list, kept in the address. */
  filters?: readonly Field[]
  form?: Form
  actions?: readonly Action[]
}
