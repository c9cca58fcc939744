import type { Job } from '../documents.ts'
import { allows } from '../lifecycles.ts'
import { leadOver, membersOf } from './crew.ts'
import type { Ending } from './timer.ts'

/** The operation that a technician's one big button does. */
export type Step = 'acknowledge' | 'en_route' | 'arrive' | 'start' | 'resume' | 'complete'

type Known = Pick<Job, 'state' | 'assignment' | 'arrived' | 'crew' | 'taken_here'>

/** What comes next for this job, null when it has ended. Of a crew, the lead alone says how it goes on; everybody takes it. */
export function nextStep(job: Known, technicianId?: string): Step | null {
  const { state, assignment, arrived } = job
  if (leadOver(job, technicianId)) {
    const own = membersOf(job).find(member => member.technician_id === technicianId)
    return state === 'pending' && !own?.acknowledged && !job.taken_here ? 'acknowledge' : null
  }
  if (state === 'pending' && assignment === 'dispatched') return 'acknowledge'
  if (allows(state, 'arrive') && !arrived) return 'arrive'
  const steps = ['en_route', 'start', 'resume', 'complete'] as const
  return steps.find(step => allows(state, step)) ?? null
}

/** How this visit may end other than with everything done; `complete` in part. */
export function endingsOf({ state }: Pick<Job, 'state'>): Ending[] {
  return (['complete', 'suspend', 'not_done'] as const).filter(ending => allows(state, ending))
}
