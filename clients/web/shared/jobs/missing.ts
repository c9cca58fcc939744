import type { Answer, ChecklistItem, Job } from '../documents.ts'
import type { Step } from './next.ts'

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
  const required = asked(job).filter(item => item.required ?? true)
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

/** The questions of the checklist that are asked, as far as it was answered: some depend on an earlier answer. */
export function asked(job: Job): ChecklistItem[] {
  return job.work.checklist.filter(({ only_if }) => !only_if || (job.checklist[only_if.item] ?? null) === only_if.answer)
}

/** What stands in the way of a step: unread hazards when work begins, everything required at its end. */
export function lackingFor(job: Job, step: Step): Missing[] {
  if (step === 'complete') return missing(job, 'full')
  return step === 'start' ? missing(job, 'partial').filter(lack => lack.kind === 'hazard') : []
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
