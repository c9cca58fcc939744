/** The pages of the administration: one description each. */
import { done, taken, type Api } from '../../../shared/api/client.ts'
import { Refused } from '../../../shared/sync/protocol.ts'
import { ADMIN, AREA, TRIGGER_KINDS, TRIGGER_STATES } from '../../../shared/texts/en/admin.ts'
import { money } from '../../../shared/money.ts'
import { clock, dayName, localDay } from '../../../shared/time.ts'
import type { Field, HandOver, Outcome, Resource, Role, Row, Schemas } from './describing.ts'
import { called, from, listed, put, section, withNames } from './masterdata.ts'

const among = (...roles: Role[]) => (role: Role) => roles.includes(role)
const nobody = () => false
const PEOPLE: Role[] = ['dispatcher', 'supervisor', 'agent', 'warehouse', 'provisioning', 'billing_analyst', 'product_manager', 'auditor', 'administrator', 'contractor_manager', 'technician', 'contractor_technician']
const text = (name: string, label: string, more: Partial<Field> = {}): Field => ({ name, label, kind: 'text', ...more })
const code = text('code', ADMIN.code, { isKey: true })
const name = text('name', ADMIN.name)
const choices = (words: Record<string, string>) => () => Object.entries(words).map(([value, label]) => ({ value, label }))
const technician: Field = { name: 'technician', label: ADMIN.technician, kind: 'select', choices: from('technicians', 'number', 'name') }
const place: Field[] = [
  { name: 'latitude', label: ADMIN.latitude, kind: 'number' },
  { name: 'longitude', label: ADMIN.longitude, kind: 'number' },
]
const optional = (fields: readonly Field[]) => fields.map(field => ({ ...field, isOptional: true as const }))
const columns = (...fields: readonly Field[]) => fields.map(({ name, label, kind }) => ({ name, label, ...(kind === 'number' ? { isNumber: true as const } : {}) }))
const listOf = (value: unknown) => ((value ?? []) as unknown[]).join(', ')
const said = (words: Record<string, string>) => (value: unknown) => words[String(value)] ?? String(value)
const yes = (value: unknown) => (value ? ADMIN.yes : ADMIN.no)

/** A link with which somebody sets a password; whoever hands it over is told until when it holds. */
async function userOf(api: Api, row: Row): Promise<Schemas['UserView']> {
  const user = (await taken(api.GET('/api/v1/users'))).find(one => one.email === row.email)
  if (!user) throw new Refused({ code: 'user_not_found' })
  return user
}

async function forgetFactor(api: Api, row: Row): Promise<void> {
  const { id: user_id } = await userOf(api, row)
  done(await api.POST('/api/v1/users/{user_id}/second-factor-removal', { params: { path: { user_id } } }))
}

async function invite(api: Api, row: Row): Promise<HandOver> {
  const user = await userOf(api, row)
  const { token, expires_at } = await taken(api.POST('/api/v1/users/{user_id}/invitation', { params: { path: { user_id: user.id } } }))
  return { link: `${location.origin}${location.pathname}#invitation=${token}`, words: ADMIN.handOver(user.name, new Date(expires_at).toLocaleString('en-GB')) }
}

const users = section('users', {
  title: ADMIN.users,
  about: ADMIN.usersAbout,
  keyOf: row => String(row.email),
  columns: [
    { name: 'name', label: ADMIN.name },
    { name: 'email', label: ADMIN.email },
    { name: 'role', label: ADMIN.role, write: value => ADMIN.roles[value as Role] ?? String(value) },
    { name: 'organisation', label: ADMIN.organisation },
    { name: 'territories', label: ADMIN.territories, write: listOf },
    { name: 'is_active', label: ADMIN.active, write: yes },
  ],
  add: ADMIN.addUser,
  needs: ['organisations', 'territories', 'technicians'],
  fields: [
    text('email', ADMIN.email, { isKey: true }),
    name,
    { name: 'role', label: ADMIN.role, kind: 'select', choices: () => PEOPLE.map(value => ({ value, label: ADMIN.roles[value] ?? value })) },
    { name: 'organisation', label: ADMIN.organisation, kind: 'select', choices: from('organisations', 'name') },
    { ...technician, isOptional: true, hint: ADMIN.onlyTechnicians },
    { name: 'territories', label: ADMIN.territories, kind: 'several', choices: from('territories', 'code', 'name'), isOptional: true, hint: ADMIN.onlyDispatchers },
    { name: 'is_active', label: ADMIN.active, kind: 'check', usual: true },
  ],
  faults: { unknown_organisation: 'organisation', unknown_territory: 'territories', unknown_technician: 'technician', role_does_not_fit: 'role' },
  actions: [
    { name: ADMIN.invite, isOffered: row => row.is_active === true && !row.technician, mayDo: among('administrator'), run: invite },
    { name: ADMIN.forgetFactor, isOffered: row => row.is_active === true && !row.technician, mayDo: among('administrator'), run: forgetFactor },
    { name: ADMIN.disable, isOffered: row => row.is_active === true, mayDo: among('administrator'), run: (api, row) => put(api, 'users', { ...row, is_active: false }) },
    { name: ADMIN.enable, isOffered: row => row.is_active === false, mayDo: among('administrator'), run: (api, row) => put(api, 'users', { ...row, is_active: true }) },
  ],
})

const contractor: Field = { name: 'is_contractor', label: ADMIN.contractor, kind: 'check', usual: true }
const organisations = section('organisations', {
  title: ADMIN.organisations,
  keyOf: row => String(row.name),
  columns: [{ name: 'name', label: ADMIN.name }, { name: 'is_contractor', label: ADMIN.contractor, write: yes }],
  add: ADMIN.addOrganisation,
  fields: [{ ...name, isKey: true }, contractor],
  faults: { contractor_is_fixed: 'is_contractor' },
})

const home: Field[] = [{ name: 'home_latitude', label: ADMIN.homeLatitude, kind: 'number' }, { name: 'home_longitude', label: ADMIN.homeLongitude, kind: 'number' }]
const number: Field = { name: 'number', label: ADMIN.number, kind: 'number', isKey: true }
const company: Field = { name: 'organisation', label: ADMIN.organisation, kind: 'select', choices: from('organisations', 'name') }
const territory: Field = { name: 'territory', label: ADMIN.territory, kind: 'select', choices: from('territories', 'code', 'name') }
const technicians = section('technicians', {
  title: ADMIN.technicians,
  keyOf: row => String(row.number),
  columns: columns(number, name, company, territory),
  add: ADMIN.addTechnician,
  needs: ['organisations', 'territories'],
  fields: [number, name, company, territory, ...home],
  faults: { unknown_organisation: 'organisation', unknown_territory: 'territory' },
})

const skills = section('skills', {
  title: ADMIN.skills,
  keyOf: row => String(row.code),
  columns: columns(code, name),
  add: ADMIN.addSkill,
  fields: [code, name],
})

const skill: Field = { name: 'skill', label: ADMIN.skill, kind: 'select', choices: from('skills', 'code', 'name'), isKey: true }
const level: Field = { name: 'level', label: ADMIN.level, kind: 'number', usual: 1, hint: ADMIN.levelHint }
const until: Field = { name: 'expires_on', label: ADMIN.certificate, kind: 'date', isOptional: true }
const granted = section('technician_skills', {
  title: ADMIN.granted,
  keyOf: row => `${row.technician} ${row.skill}`,
  columns: [called(technician, 'technicians'), called(skill, 'skills'), ...columns(level, until)],
  list: withNames('technician_skills', 'technicians', 'skills'),
  add: ADMIN.grant,
  needs: ['technicians', 'skills'],
  fields: [{ ...technician, isKey: true }, skill, level, until],
  faults: { unknown_skill: 'skill', unknown_technician: 'technician' },
})

const area: Field = { name: 'area', label: AREA.label, kind: 'area', isOptional: true, hint: AREA.hint }
const territories = section('territories', {
  title: ADMIN.territories,
  keyOf: row => String(row.code),
  columns: [...columns(code, name, text('zone', ADMIN.zone), ...place), { name: 'area', label: AREA.label, write: value => (value ? AREA.corners((value as unknown[]).length) : AREA.none) }],
  add: ADMIN.addTerritory,
  fields: [code, name, text('zone', ADMIN.zone, { hint: 'Europe/Helsinki' }), ...place, area],
  faults: { unknown_zone: 'zone', bad_area: 'area' },
})

const kind: Field = { name: 'kind', label: ADMIN.kind, kind: 'select', choices: choices(ADMIN.placeKinds), isKey: true }
const locations = section('locations', {
  title: ADMIN.places,
  keyOf: row => String(row.name),
  columns: [{ name: 'name', label: ADMIN.name }, { name: 'kind', label: ADMIN.kind, write: value => ADMIN.placeKinds[String(value)] ?? String(value) }, called(technician, 'technicians'), ...columns(...place)],
  list: withNames('locations', 'technicians'),
  add: ADMIN.addPlace,
  needs: ['technicians'],
  fields: [{ ...name, isKey: true }, kind, { ...technician, isOptional: true, isKey: true, hint: ADMIN.onlyVans }, ...optional(place)],
  faults: { location_is_other: 'kind', unknown_technician: 'technician' },
})

const percent = (share: unknown) => `${Math.round(Number(share) * 100)} %`
const pools: Resource = {
  ...section('pools', {
    title: ADMIN.pools,
    keyOf: row => String(row.code),
    columns: [
      ...columns(code, name),
      { name: 'kind', label: ADMIN.kind, write: said(ADMIN.poolKinds) },
      ...columns({ name: 'size', label: ADMIN.size, kind: 'number' }, { name: 'used', label: ADMIN.used, kind: 'number' }, { name: 'reserved', label: ADMIN.reserved, kind: 'number' }),
      { name: 'share', label: ADMIN.taken, isNumber: true, write: percent },
    ],
    add: ADMIN.addPool,
    needs: ['territories'],
    fields: [
      code,
      name,
      { name: 'kind', label: ADMIN.kind, kind: 'select', choices: choices(ADMIN.poolKinds), isKey: true },
      { ...territory, isOptional: true, isKey: true },
      { name: 'blocks', label: ADMIN.blocks, kind: 'lines', hint: ADMIN.blocksHint },
    ],
    faults: { pool_is_other: 'kind', bad_block: 'blocks', block_overlaps: 'blocks', unknown_territory: 'territory' },
  }),
  mayRead: among('administrator', 'auditor', 'provisioning', 'supervisor', 'dispatcher', 'agent'),
  list: async api => (await taken(api.GET('/api/v1/resource-pools'))) as unknown as Row[],
}
pools.form!.open = async (api, row) => (row ? ((await listed(api, 'pools')).find(one => one.code === row.code) ?? row) : {})

const day: Field = { name: 'day', label: ADMIN.day, kind: 'date', usual: (zone: string) => localDay(Date.now(), zone) }
const at = (value: unknown, _row: Row, zone: string) => (value ? clock(String(value), zone) : '')
const names = new Map<string, string>()
const shifts: Resource = {
  name: 'shifts',
  title: ADMIN.shifts,
  about: ADMIN.shiftsAbout,
  mayRead: among('administrator', 'auditor', 'supervisor', 'dispatcher', 'contractor_manager'),
  mayWrite: among('administrator'),
  keyOf: row => String(row.id),
  columns: [
    { name: 'technician_id', label: ADMIN.technician, write: value => names.get(String(value)) ?? '' },
    { name: 'starts_at', label: ADMIN.starts, write: at },
    { name: 'ends_at', label: ADMIN.ends, write: at },
    { name: 'break_seconds', label: ADMIN.breakMinutes, isNumber: true, write: value => String(Number(value) / 60) },
  ],
  filters: [day],
  list: async (api, { day: on }) => {
    for (const one of await pages(cursor => api.GET('/api/v1/technicians', { params: { query: { page_size: 200, ...cursor } } }))) names.set(one.id, one.name)
    return (await taken(api.GET('/api/v1/shifts', { params: { query: { day: String(on) } } }))) as unknown as Row[]
  },
  form: {
    add: ADMIN.addRoster,
    needs: ['technicians'],
    fields: [
      technician,
      { name: 'first_day', label: ADMIN.first, kind: 'date' },
      { name: 'last_day', label: ADMIN.last, kind: 'date' },
      { name: 'weekdays', label: ADMIN.weekdays, kind: 'several', choices: () => ADMIN.days.map((label, index) => ({ value: index + 1, label })), usual: [1, 2, 3, 4, 5] },
      { name: 'starts', label: ADMIN.starts, kind: 'time', usual: '08:00' },
      { name: 'ends', label: ADMIN.ends, kind: 'time', usual: '16:00' },
      { name: 'break_from', label: ADMIN.breakFrom, kind: 'time', isOptional: true },
      { name: 'break_until', label: ADMIN.breakUntil, kind: 'time', isOptional: true },
      { name: 'break_minutes', label: ADMIN.breakMinutes, kind: 'number', usual: 0 },
    ],
    faults: { bad_roster: 'last_day', bad_shift: 'ends', unknown_technician: 'technician' },
    save: (api, values) => put(api, 'rosters', values),
  },
}

/** Who has no shift on a day, and a form that takes shifts away. */
const absences: Resource = {
  name: 'absences',
  title: ADMIN.absences,
  about: ADMIN.absencesAbout,
  mayRead: among('administrator', 'auditor', 'supervisor', 'dispatcher', 'contractor_manager'),
  mayWrite: among('administrator'),
  keyOf: row => String(row.id),
  columns: [{ name: 'number', label: ADMIN.number, isNumber: true }, { name: 'name', label: ADMIN.name }],
  filters: [day],
  list: async (api, { day: on }) => {
    const everybody = await pages(cursor => api.GET('/api/v1/technicians', { params: { query: { page_size: 200, ...cursor } } }))
    const shifts = await taken(api.GET('/api/v1/shifts', { params: { query: { day: String(on) } } }))
    const present = new Set(shifts.map(shift => shift.technician_id))
    return everybody.filter(one => !present.has(one.id)) as unknown as Row[]
  },
  form: {
    add: ADMIN.addAbsence,
    needs: ['technicians'],
    fields: [technician, { name: 'first_day', label: ADMIN.first, kind: 'date' }, { name: 'last_day', label: ADMIN.last, kind: 'date' }],
    faults: { bad_roster: 'last_day', unknown_technician: 'technician' },
    save: (api, values) => put(api, 'absences', values),
  },
}

const productDesk = among('product_manager', 'administrator')
const draftPath = (row: Row) => ({ path: { draft_id: String(row.id) } })
const isWritten = (row: Row) => row.state === 'open'
const publish = (is_trial: boolean) => async (api: Api, row: Row): Promise<Outcome> => {
  const found = await taken(api.POST('/api/v1/catalogue-drafts/{draft_id}/publication', { params: draftPath(row), body: { is_trial } }))
  return { is_trial, changes: found.changes, faults: found.faults }
}
const drafts: Resource = {
  name: 'drafts',
  title: ADMIN.drafts,
  about: ADMIN.draftsAbout,
  mayRead: among('product_manager', 'administrator', 'auditor'),
  mayWrite: productDesk,
  keyOf: row => String(row.id),
  columns: [{ name: 'name', label: ADMIN.name }, { name: 'state', label: ADMIN.state }, { name: 'effective_from', label: ADMIN.holdsFrom }],
  list: async api => (await pages(cursor => api.GET('/api/v1/catalogue-drafts', { params: { query: { page_size: 200, ...cursor } } }))) as unknown as Row[],
  form: {
    add: ADMIN.addDraft,
    change: ADMIN.change,
    fields: [name, { name: 'catalogue', label: ADMIN.catalogue, kind: 'json', hint: ADMIN.catalogueHint }],
    open: async (api, row) =>
      (row ? await taken(api.GET('/api/v1/catalogue-drafts/{draft_id}', { params: draftPath(row) })) : { name: '', catalogue: await taken(api.GET('/api/v1/catalogue')) }) as unknown as Row,
    save: async (api, values, row) => {
      const body = values as unknown as Schemas['WriteDraft']
      if (row) await taken(api.PUT('/api/v1/catalogue-drafts/{draft_id}', { params: draftPath(row), body: { ...body, version: Number(row.version) } }))
      else await taken(api.POST('/api/v1/catalogue-drafts', { body }))
    },
  },
  actions: [
    { name: ADMIN.tryOut, isOffered: isWritten, mayDo: productDesk, run: publish(true) },
    { name: ADMIN.publish, isOffered: isWritten, mayDo: productDesk, run: publish(false) },
    { name: ADMIN.discard, isOffered: isWritten, mayDo: productDesk, run: async (api, row) => done(await api.DELETE('/api/v1/catalogue-drafts/{draft_id}', { params: draftPath(row) })) },
  ],
}

const work: Resource = {
  name: 'work',
  title: ADMIN.work,
  about: ADMIN.workAbout,
  mayRead: () => true,
  mayWrite: nobody,
  keyOf: row => String(row.code),
  columns: [
    ...columns(code, name),
    { name: 'duration_seconds', label: ADMIN.minutes, isNumber: true, write: value => String(Math.round(Number(value) / 60)) },
    { name: 'skills', label: ADMIN.skills, write: value => listOf(((value ?? []) as Row[]).map(one => `${one.code} ${one.level}`)) },
    { name: 'hazards', label: ADMIN.hazards, write: listOf },
    { name: 'crew_size', label: ADMIN.crew, isNumber: true },
  ],
  list: async api => ((await taken(api.GET('/api/v1/catalogue'))).work ?? []) as unknown as Row[],
}

const deliveries: Resource = {
  name: 'deliveries',
  title: ADMIN.deliveries,
  about: ADMIN.deliveriesAbout,
  mayRead: among('billing_analyst', 'auditor', 'administrator', 'agent', 'supervisor'),
  mayWrite: nobody,
  keyOf: row => String(row.id),
  columns: [
    { name: 'order_number', label: ADMIN.order },
    { name: 'kind', label: ADMIN.told, write: said(TRIGGER_KINDS) },
    { name: 'description', label: ADMIN.what },
    { name: 'effective_at', label: ADMIN.from, write: (value, _row, zone) => dayName(localDay(String(value), zone)) },
    { name: 'amount_minor', label: ADMIN.amount, isNumber: true, write: (value, row) => money(Number(value), String(row.currency)) },
    { name: 'state', label: ADMIN.state, write: said(TRIGGER_STATES) },
    { name: 'attempts', label: ADMIN.attempts, isNumber: true },
    { name: 'last_error', label: ADMIN.error, write: (value, row) => String(value ?? row.reason ?? '') },
  ],
  filters: [{ name: 'state', label: ADMIN.state, kind: 'select', choices: () => ADMIN.triggerStates.map(value => ({ value, label: said(TRIGGER_STATES)(value) })), isOptional: true }],
  list: async (api, { state }) => {
    const only = state ? { state: state as Schemas['TriggerState'] } : {}
    return (await taken(api.GET('/api/v1/billing-triggers', { params: { query: { page_size: 200, ...only } } }))).items as unknown as Row[]
  },
  actions: [
    {
      name: ADMIN.redeliver,
      isOffered: row => ['sent', 'delivered', 'deadLetter'].includes(String(row.state)),
      mayDo: among('billing_analyst', 'administrator'),
      run: async (api, row) => void (await taken(api.POST('/api/v1/billing-triggers/{trigger_id}/redelivery', { params: { path: { trigger_id: String(row.id) } } }))),
    },
  ],
}

const worded = (value: unknown) => Object.entries(value as Row).filter(([, said]) => said !== null && said !== '').map(([key, said]) => `${key} ${typeof said === 'object' ? JSON.stringify(said) : said}`).join(', ')

const policies: Resource = {
  name: 'policies',
  title: ADMIN.policies,
  about: ADMIN.policiesAbout,
  mayRead: among('dispatcher', 'supervisor', 'administrator', 'auditor'),
  mayWrite: among('supervisor', 'administrator'),
  keyOf: row => `${row.name} ${row.version}`,
  columns: [{ name: 'name', label: ADMIN.name }, { name: 'version', label: ADMIN.version, isNumber: true }, { name: 'created_at', label: ADMIN.since }, { name: 'weights', label: ADMIN.weights, write: worded }],
  list: async api => (await taken(api.GET('/api/v1/planning-policies'))).items as unknown as Row[],
  form: {
    add: ADMIN.addPolicy,
    change: ADMIN.nextVersion,
    fields: [name, { name: 'weights', label: ADMIN.weights, kind: 'json' }],
    save: async (api, values) => void (await taken(api.POST('/api/v1/planning-policies', { body: values as unknown as Schemas['SavePolicy'] }))),
  },
}

const rules: Resource = {
  name: 'rules',
  title: ADMIN.rules,
  about: ADMIN.rulesAbout,
  mayRead: among('dispatcher', 'supervisor', 'agent', 'billing_analyst', 'auditor', 'administrator'),
  mayWrite: nobody,
  keyOf: row => `${row.of} ${row.valid_from}`,
  columns: [
    { name: 'of', label: ADMIN.what, write: value => ADMIN.ruleKinds[String(value)] ?? String(value) },
    { name: 'name', label: ADMIN.name },
    { name: 'valid_from', label: ADMIN.holdsFrom },
    { name: 'is_in_force', label: ADMIN.inForce, write: yes },
    { name: 'rules', label: ADMIN.says, write: worded },
    { name: 'source', label: ADMIN.source },
  ],
  list: async api => (await taken(api.GET('/api/v1/policies'))) as unknown as Row[],
}

const imports: Resource = {
  name: 'imports',
  title: ADMIN.imports,
  about: ADMIN.importsAbout,
  mayRead: among('administrator'),
  mayWrite: among('administrator'),
  keyOf: row => String(row.section),
  columns: [{ name: 'section', label: ADMIN.section }, { name: 'rows', label: ADMIN.rows, isNumber: true }],
  list: async api => Promise.all(SECTIONS.map(async one => ({ section: one, rows: (await listed(api, one)).length }))),
  form: {
    add: ADMIN.takeIn,
    fields: [
      { name: 'master_data', label: ADMIN.document, kind: 'json', hint: ADMIN.documentHint },
      { name: 'is_trial', label: ADMIN.onlyTry, kind: 'check', usual: true },
    ],
    save: (api, values) => taken(api.POST('/api/v1/master-data-imports', { body: values as unknown as Schemas['ImportMasterData'] })),
    faults: { malformed: 'master_data' },
  },
}
const SECTIONS = ['organisations', 'territories', 'skills', 'technicians', 'technician_skills', 'users', 'locations', 'pools'] as const

/** In the order in which a new operator needs them. */
export const RESOURCES: readonly Resource[] = [users, organisations, territories, technicians, skills, granted, shifts, absences, locations, pools, work, drafts, policies, rules, deliveries, imports]

/** Every item of a list that comes in pages. */
async function pages<Item>(ask: (cursor: { cursor?: string }) => Promise<{ data?: { items: Item[]; next_cursor?: string | null }; error?: unknown }>): Promise<Item[]> {
  const all: Item[] = []
  let cursor: string | null | undefined
  do {
    const page = await taken(ask(cursor ? { cursor } : {}))
    all.push(...page.items)
    cursor = page.next_cursor
  } while (cursor)
  return all
}
