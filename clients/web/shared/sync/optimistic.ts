/**
 * What a technician sees at once: each named operation laid over the job as the server last sent it;
 * `sync/optimistic.py` in the browser. A guess that is taken back when the server's document arrives.
 */
import { POLICIES, read, write } from './fields.ts'
import { mergeField } from './merge.ts'
import type { JsonObject, JsonValue } from './protocol.ts'
import type { Applier } from './replica.ts'
import { VAN_APPLIERS } from './van.ts'

const UNFINISHED = ['pending', 'enRoute', 'started']

/** Applier by name of operation. */
export const APPLIERS: Readonly<Record<string, Applier>> = {
  acknowledge: job => ({ ...job, assignment: 'acknowledged', taken_here: true }),
  en_route: job => move(job, 'enRoute', ['pending']),
  arrive: job => (UNFINISHED.includes(String(job.state)) ? { ...job, arrived: true } : job),
  start: job => move(job, 'started', ['pending', 'enRoute']),
  suspend: (job, args) => move(job, 'suspended', ['started'], { reason: args.reason ?? null }),
  resume: job => move(job, 'started', ['suspended']),
  complete: (job, args) =>
    move(job, 'completed', UNFINISHED, { outcome: args.outcome ?? null, undone: args.undone ?? [] }),
  not_done: (job, args) => move(job, 'notDone', UNFINISHED, { reason: args.reason ?? null }),
  note: appendedTo('notes'),
  checklist_answer: (job, args) => ({
    ...job,
    checklist: { ...(job.checklist as JsonObject | undefined), [String(args.item)]: args.value ?? null },
  }),
  photo: appendedTo('photos'),
  signature: (job, args) => ({ ...job, signature: args }),
  measure: appendedTo('measurements'),
  serial_installed: appendedTo('serials'),
  serial_recovered: appendedTo('recovered'),
  serial_swapped: swapSerials,
  hazard_acknowledged: (job, args) => {
    const known = listOf(job.hazards_acknowledged)
    return known.includes(args.hazard ?? null) ? job : { ...job, hazards_acknowledged: [...known, args.hazard ?? null] }
  },
  time_entry: appendedTo('time_entries'),
  parts_consumed: appendedTo('parts_consumed'),
  safety_check_in: appendedTo('safety_check_ins'),
  follow_up: appendedTo('follow_ups'),
  observe,
  restore_value: restoreValue,
  ...VAN_APPLIERS,
}

function swapSerials(job: JsonObject, { recovered = null, ...args }: JsonObject): JsonObject {
  const { installed = null, ...rest } = args
  const out = { serial: recovered, method: args.method ?? null, replaced_by: installed }
  return append(append(job, 'recovered', out), 'serials', { serial: installed, ...rest })
}

/** Merged as the server will: what is shown is what the decision will be, unless the office changes it again. */
function observe(job: JsonObject, args: JsonObject): JsonObject {
  const field = String(args.field)
  const policy = POLICIES[field]
  if (!policy) return job
  const merge = mergeField(policy, field, { base: args.was, site: args.value, office: read(job, field) })
  return write(job, field, merge.kept)
}

function restoreValue(job: JsonObject, args: JsonObject): JsonObject {
  const values = listOf(job.lost_values) as readonly JsonObject[]
  const lost = values.find(value => value.id === args.lost)
  if (!lost || !(String(lost.field) in POLICIES)) return job
  const left = { ...job, lost_values: values.filter(value => value !== lost) }
  return write(left, String(lost.field), lost.value ?? null)
}

/** The applier of an operation whose arguments become one more entry of a list. */
function appendedTo(name: string): Applier {
  return (job, args) => append(job, name, args)
}

function append(job: JsonObject, name: string, entry: JsonObject): JsonObject {
  return { ...job, [name]: [...listOf(job[name]), entry] }
}

function move(job: JsonObject, state: string, allowed: string[], changes: JsonObject = {}): JsonObject {
  return allowed.includes(String(job.state)) ? { ...job, state, ...changes } : job
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}
