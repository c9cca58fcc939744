import type { Job } from '../documents.ts'
import { canonical } from '../sync/canonical.ts'
import { read } from '../sync/fields.ts'
import type { JsonObject, JsonValue } from '../sync/protocol.ts'

/**
 * A field to which technician and office gave different values. `kept` counts now; `lost` is whose `side` says and comes
 * back by `id`; `key` is the same for the same two values, whichever of them counts.
 */
export type Contest = { id: string; key: string; field: string; side: 'site' | 'office'; kept: JsonValue; lost: JsonValue }

/** The contests of a job about which its technician has not said anything yet. `decided`: keys of those that were. */
export function undecided(job: Job, decided: readonly string[]): Contest[] {
  const done = new Set(decided)
  const contests = job.lost_values.map(({ id, field, side, value }): Contest => {
    const [kept, lost] = [read(job as unknown as JsonObject, field), value as JsonValue]
    return { id, key: [job.id, field, ...[canonical(kept), canonical(lost)].sort()].join(' '), field, side, kept, lost }
  })
  // A value that was written once more in the meantime is what counts: nothing is contested.
  return contests.filter(contest => !done.has(contest.key) && canonical(contest.kept) !== canonical(contest.lost))
}
