import type { Job } from '../documents.ts'
import { localDay } from '../time.ts'

const ENDED: ReadonlySet<string> = new Set(['completed', 'notDone', 'suspended', 'cancelled'])

export function hasEnded(job: Pick<Job, 'state'>): boolean {
  return ENDED.has(job.state)
}

/** The local day a job belongs to: that of its plan, else of its promise; null when it has neither. */
export function dayOf(job: Pick<Job, 'planned_start' | 'window' | 'service_day'>, zone: string): string | null {
  const moment = job.planned_start ?? job.window?.start
  return job.service_day ?? (moment ? localDay(moment, zone) : null)
}

/** In the order of the route; what has no time comes last. */
export function byRoute(one: Job, other: Job): number {
  const left = one.planned_start ?? one.window?.start ?? '9'
  const right = other.planned_start ?? other.window?.start ?? '9'
  return left.localeCompare(right) || one.number.localeCompare(other.number)
}
