/** A job's state as one of five looks. Pure. */
import type { Job } from '../../../shared/documents.ts'

export type Look = 'planned' | 'sent' | 'working' | 'ended' | 'failed'

const BY_STATE: Record<Job['state'], Look> = {
  pending: 'planned',
  enRoute: 'working',
  started: 'working',
  completed: 'ended',
  cancelled: 'ended',
  notDone: 'failed',
  suspended: 'failed',
}

export function toneOf(job: Pick<Job, 'state' | 'assignment'>): Look {
  const isOnPhone = job.assignment === 'dispatched' || job.assignment === 'acknowledged'
  return job.state === 'pending' && isOnPhone ? 'sent' : BY_STATE[job.state]
}
