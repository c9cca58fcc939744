/** What others changed of the plan, between two looks at it. Pure. */
import type { Job } from '../../../shared/documents.ts'

/** what: the largest of what is otherwise. */
export type Change = { job: Job; what: 'place' | 'duration' | 'lock' }

/** ownId: whose own changes are left out. Of several people's changes at once only those of the first are told. */
export function changedBy(known: ReadonlyMap<string, Job>, jobs: readonly Job[], ownId: string | null): Change[] {
  const changes = jobs.flatMap(job => {
    const before = known.get(job.id)
    if (!before || before === job || !job.planned_by || job.planned_by === ownId) return []
    const what = whatOf(before, job)
    return what ? [{ job, what }] : []
  })
  return changes.filter(change => change.job.planned_by === changes[0]!.job.planned_by)
}

function whatOf(before: Job, after: Job): Change['what'] | null {
  if (before.technician_id !== after.technician_id || before.planned_start !== after.planned_start) return 'place'
  if (before.duration_seconds !== after.duration_seconds) return 'duration'
  return before.lock === after.lock ? null : 'lock'
}
