import type { Answer, ChecklistItem, Job } from '../documents.ts'

/** What a job still lacks before it may be completed, as the server will ask for it. */
export type Missing =
  | { kind: 'checklist'; item: ChecklistItem }
  | { kind: 'limits'; item: ChecklistItem }
  | { kind: 'unit'; serial: string }
  | { kind: 'hazard'; hazard: string }
  | { kind: 'signature' }

/**
 * A number outside its limits, and a unit that was to be taken out, stand in the way of a full completion only: a partial one
 * reports them as they are.
 */
export function missing(job: Job, outcome: 'full' | 'partial'): Missing[] {
  const required = job.work.checklist.filter(item => item.required ?? true)
  const unanswered = required.filter(item => (job.checklist[item.code] ?? null) === null)
  const beyond = outcome === 'full' ? required.filter(item => isBeyond(item, job.checklist[item.code] ?? null)) : []
  const left = outcome === 'full' ? toTakeOut(job) : []
  const unread = hazards(job).filter(hazard => !job.hazards_acknowledged.includes(hazard))
  return [
    ...unread.map((hazard): Missing => ({ kind: 'hazard', hazard })),
    ...unanswered.map((item): Missing => ({ kind: 'checklist', item })),
    ...beyond.map((item): Missing => ({ kind: 'limits', item })),
    ...left.map((serial): Missing => ({ kind: 'unit', serial })),
    ...(job.needs_signature && !job.signature ? [{ kind: 'signature' } as const] : []),
  ]
}

/** The units that the job is to bring back and that nobody has taken out yet. */
export function toTakeOut(job: Pick<Job, 'to_recover' | 'recovered'>): string[] {
  const out = new Set(job.recovered?.map(one => one.serial))
  // A document from before the last update says nothing of it.
  return (job.to_recover ?? []).map(unit => unit.serial).filter(serial => !out.has(serial))
}

/** The hazards of the work and of the place, each once. */
export function hazards(job: Pick<Job, 'hazards' | 'premises'>): string[] {
  return [...new Set([...job.hazards, ...job.premises.hazards])]
}

/** Whether a number lies outside the item's limits, both of which are still good. */
export function isBeyond({ minimum, maximum }: ChecklistItem, value: Answer): boolean {
  if (typeof value !== 'number') return false
  return (minimum != null && value < minimum) || (maximum != null && value > maximum)
}
