import { taken, type Api } from '../../../shared/api/client.ts'
import type { Choice, Column, Field, Lists, Outcome, Resource, Role, Row, Schemas } from './describing.ts'

type Section = Exclude<keyof Schemas['MasterData'], 'rosters' | 'absences'>

const WRITERS: ReadonlySet<Role> = new Set<Role>(['administrator'])
const READERS: ReadonlySet<Role> = new Set<Role>(['administrator', 'auditor'])

export async function listed(api: Api, section: Section): Promise<Row[]> {
  const found = await taken(api.GET('/api/v1/master-data/{section}', { params: { path: { section } } }))
  return (found[section] ?? []) as unknown as Row[]
}

/** Takes in one row, by the route that takes in whole files: the same checks, the same words. */
export async function put(api: Api, section: keyof Schemas['MasterData'], row: Row): Promise<Outcome> {
  const body = { master_data: { [section]: [row] } } as unknown as Schemas['ImportMasterData']
  return taken(api.POST('/api/v1/master-data-imports', { body }))
}

/** A section of the master data as a page: its rows are listed, and put back changed. */
export function section(name: Section, page: Pick<Resource, 'title' | 'columns' | 'keyOf'> & Partial<Resource> & { fields: readonly Field[]; add: string; needs?: readonly Section[]; faults?: Record<string, string> }): Resource {
  const { fields, add, needs, faults, ...rest } = page
  return {
    name,
    mayRead: role => READERS.has(role),
    mayWrite: role => WRITERS.has(role),
    list: api => listed(api, name),
    form: { add, fields, ...(needs ? { needs } : {}), ...(faults ? { faults } : {}), save: (api, values) => put(api, name, values) },
    ...rest,
  }
}

/** A column that says by name what its rows name by number or code. `list` of a page has fetched the names, see `withNames`. */
export function called({ name, label }: Field, section: Section): Column {
  return { name, label, write: value => (value == null ? '' : (names.get(`${section} ${value}`) ?? String(value))) }
}

/** Lists a section once the names of those that its rows refer to are known. */
export function withNames(section: Section, ...others: readonly Section[]) {
  return async (api: Api): Promise<Row[]> => {
    await Promise.all(others.map(one => learn(api, one)))
    return listed(api, section)
  }
}

const names = new Map<string, string>()

async function learn(api: Api, section: Section): Promise<void> {
  for (const row of await listed(api, section)) names.set(`${section} ${row.number ?? row.code}`, String(row.name))
}

/** The rows of a section as choices. */
export function from(section: Section, value: string, label: string = value) {
  return (lists: Lists): Choice[] => (lists[section] ?? []).map(row => ({ value: row[value] as string | number, label: value === label ? String(row[value]) : `${row[value]} – ${row[label]}` }))
}
