import type { Deed } from '../actions.ts'
import type { Step } from './next.ts'

export type Activity = 'travel' | 'work' | 'wait' | 'break'

/** The time that runs on this phone: there is one at a time, because a person does one thing at a time. */
export type Timer = { job: string; activity: Activity; since_ms: number }

/** A step that ends the visit. */
export type Ending = 'complete' | 'not_done' | 'suspend'

const BEGINS: Partial<Record<Step | Ending, Activity>> = { en_route: 'travel', arrive: 'wait', start: 'work', resume: 'work' }

/** Whether a step changes what time is spent on. */
export function movesTimer(op: string): op is Step | Ending {
  return op !== 'acknowledge'
}

/** What runs after a step at a job, undefined after the last. */
export function timerAfter(op: Step | Ending, job: string, now_ms: number): Timer | undefined {
  const activity = BEGINS[op]
  return activity && { job, activity, since_ms: now_ms }
}

/** The time entry of what has run until now, for the job at which it ran; none when the clock was set back meanwhile. */
export function entryOf(timer: Timer | undefined, now_ms: number): Deed[] {
  if (!timer || now_ms <= timer.since_ms) return []
  return [{ job: timer.job, op: 'time_entry', args: { activity: timer.activity, start_ms: timer.since_ms, end_ms: now_ms } }]
}
