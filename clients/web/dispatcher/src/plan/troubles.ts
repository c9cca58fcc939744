/** What goes wrong in a day, as a question to the planner. Pure. */
import type { components } from '../../../shared/api/schema.js'
import type { Job, Technician } from '../../../shared/documents.ts'
import type { Wanted } from './planning.svelte.ts'

export type Trouble = components['schemas']['Trouble']

/** People wait for a repair: better ones are found by a search that is asked for. */
const REPAIR_SECONDS = 2
/** The priority of work that cannot wait: the highest that the planner knows. */
export const URGENT = 1000
/** Who is at work and not done says so in full half hours. */
const LONGER_S = 30 * 60

export const isOut = (technician: Technician): Trouble => ({ kind: 'technician_out', subject_id: technician.id })
export const cannotWait = (job: Pick<Job, 'id'>): Trouble => ({ kind: 'emergency', subject_id: job.id })

/** A job that is not done when it should be, and takes half an hour more than planned, or than it has taken by now. */
export function overran(job: Job, now_ms: number): Trouble {
  const taken_s = job.planned_start && job.state === 'started' ? (now_ms - Date.parse(job.planned_start)) / 1000 : 0
  const longest = Math.max(job.duration_seconds, Math.ceil(taken_s / 300) * 300)
  return { kind: 'job_overran', subject_id: job.id, duration_seconds: longest + LONGER_S }
}

/** The question that is asked of a trouble. */
export function repairOf(trouble: Trouble, territory_id: string, day: string): Wanted {
  return { territory_id, day, days: 1, policy: 'standard', seconds: REPAIR_SECONDS, seed: 1, disturbance_limit: null, replays: false, trouble }
}
