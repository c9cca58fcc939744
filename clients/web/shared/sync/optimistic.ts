/**
 * What a technician sees at once: each named operation laid over the job as the server last sent it;
 * `sync/optimistic.py` in the browser. A guess that is taken back when the server's document arrives.
 */
import type { JsonObject, JsonValue } from './protocol.ts'
import type { Applier } from './replica.ts'

const UNFINISHED = ['pending', 'enRoute', 'started']

/** Applier by name of operation. */
export const APPLIERS: Readonly<Record<string, Applier>> = {
  acknowledge: job => ({ ...job, assignment: 'acknowledged' }),
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
  hazard_acknowledged: (job, args) => {
    const known = listOf(job.hazards_acknowledged)
    return known.includes(args.hazard ?? null) ? job : { ...job, hazards_acknowledged: [...known, args.hazard ?? null] }
  },
  time_entry: appendedTo('time_entries'),
  parts_consumed: appendedTo('parts_consumed'),
}

/** The applier of an operation whose arguments become one more entry of a list. */
function appendedTo(name: string): Applier {
  return (job, args) => ({ ...job, [name]: [...listOf(job[name]), args] })
}

function move(job: JsonObject, state: string, allowed: string[], changes: JsonObject = {}): JsonObject {
  return allowed.includes(String(job.state)) ? { ...job, state, ...changes } : job
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}
