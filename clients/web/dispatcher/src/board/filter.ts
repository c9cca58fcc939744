/** Which jobs and technicians a search means. Pure. */
import type { Job, Technician } from '../../../shared/documents.ts'
import { hasEnded } from '../../../shared/jobs/order.ts'

export type Filter = { q: string; only: string; skill: string }

const URGENT = 10

const ONLY: Record<string, (job: Job) => boolean> = {
  late: job => isLate(job),
  unsent: job => job.assignment === 'assigned' || job.assignment === 'tentative',
  promised: job => job.window !== null,
  urgent: job => job.priority >= URGENT,
  review: job => job.needs_review,
  locked: job => job.lock !== 'none',
}

export const isUrgent = (job: Job) => job.priority >= URGENT

/** Nobody can come in time any more. */
export const isOver = (job: Job, now_ms: number) => job.window !== null && Date.parse(job.window.end) < now_ms

/** Begins after its promised window, and is not over. */
export function isLate(job: Job): boolean {
  return !hasEnded(job) && job.window !== null && job.planned_start !== null && Date.parse(job.planned_start) > Date.parse(job.window.end)
}

export function isActive(filter: Filter): boolean {
  return Boolean(filter.q.trim()) || filter.only !== 'all' || Boolean(filter.skill)
}

/** Every word has to be found somewhere. technician: who has the job; a job of somebody who is meant is meant, too. */
export function matches(job: Job, technician: Technician | undefined, filter: Filter): boolean {
  if (!(ONLY[filter.only]?.(job) ?? true)) return false
  if (filter.skill && !job.skills.some(skill => skill.code === filter.skill)) return false
  return hasWords([job.number, job.work.name, job.customer.name, job.premises.street, job.premises.postcode, technician?.name ?? ''], filter.q)
}

/** Whether a technician without any job that is meant is meant all the same. */
export function means(technician: Technician, filter: Filter): boolean {
  if (filter.only !== 'all') return false
  if (filter.skill && !technician.skills.some(skill => skill.code === filter.skill)) return false
  return hasWords([technician.name, technician.organisation, String(technician.number)], filter.q)
}

function hasWords(texts: readonly string[], q: string): boolean {
  const text = texts.join(' ').toLocaleLowerCase()
  return q.trim().toLocaleLowerCase().split(/\s+/).every(word => text.includes(word))
}
