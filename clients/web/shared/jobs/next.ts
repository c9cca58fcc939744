import type { Job } from '../documents.ts'
import { allows } from '../lifecycles.ts'

/** The operation that a technician's one big button does. */
export type Step = 'acknowledge' | 'en_route' | 'arrive' | 'start' | 'resume' | 'complete'

/** What comes next for this job, null when it has ended. */
export function nextStep({ state, assignment, arrived }: Pick<Job, 'state' | 'assignment' | 'arrived'>): Step | null {
  if (state === 'pending' && assignment === 'dispatched') return 'acknowledge'
  if (allows(state, 'arrive') && !arrived) return 'arrive'
  const steps = ['en_route', 'start', 'resume', 'complete'] as const
  return steps.find(step => allows(state, step)) ?? null
}

/** Whether this visit may end without the work being done. */
export function mayEndUndone(job: Pick<Job, 'state'>): boolean {
  return allows(job.state, 'not_done')
}
