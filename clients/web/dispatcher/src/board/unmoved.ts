import type { Job } from '../../../shared/documents.ts'
import { crewOf } from '../../../shared/jobs/crew.ts'

/** Whether a job is still where it was when it was tried elsewhere: of everything else about it news may come. Pure. */
export function isUnmoved(seen: Job, now: Job): boolean {
  return placeOf(seen) === placeOf(now)
}

function placeOf(job: Job): string {
  return [job.state, job.planned_start, job.duration_seconds, job.technician_id, ...crewOf(job)].join(' ')
}
