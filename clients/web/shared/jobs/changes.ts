import type { Job } from '../documents.ts'

/** What is remembered of a job that was looked at: when it was planned, what was promised, and by which words it is known. */
export type SeenJob = { start: string | null; window?: string | null; state: string; name: string; street: string }
export type SeenJobs = Readonly<Record<string, SeenJob>>

/** Job → the server's reason for taking it away (a removal's `why`). */
export type Removals = Readonly<Record<string, string>>

/**
 * What the office did to the day: a job came, went to another time, or left. `before`: as it was when it was looked at;
 * `isAgreed`: the customer was promised another window; `why`: null where nobody said so.
 */
export type JobChange =
  | { kind: 'added'; id: string; job: Job }
  | { kind: 'moved'; id: string; job: Job; before: SeenJob; isAgreed: boolean }
  | { kind: 'gone'; id: string; before: SeenJob; why: string | null }

const ENDED: ReadonlySet<string> = new Set(['completed', 'notDone', 'suspended'])

/** The day as it is, to be remembered. */
export function seenJobs(jobs: readonly Job[]): SeenJobs {
  return Object.fromEntries(
    jobs.map(job => [job.id, { start: job.planned_start, window: windowOf(job), state: job.state, name: job.work.name, street: job.premises.street }]),
  )
}

/** What changed since. A phone that never looked at a day has nothing to compare; a job that had ended may go unsaid. */
export function changesSince(seen: SeenJobs | undefined, jobs: readonly Job[], removals: Removals = {}): JobChange[] {
  if (!seen) return []
  const held = new Set(jobs.map(job => job.id))
  const gone = Object.entries(seen).filter(([id, before]) => !held.has(id) && !ENDED.has(before.state))
  return [
    ...jobs.flatMap((job): JobChange[] => {
      const before = seen[job.id]
      if (!before) return [{ kind: 'added', id: job.id, job }]
      const isAgreed = before.window !== undefined && before.window !== windowOf(job)
      return before.start === job.planned_start ? [] : [{ kind: 'moved', id: job.id, job, before, isAgreed }]
    }),
    ...gone.map(([id, before]): JobChange => ({ kind: 'gone', id, before, why: removals[id] ?? null })),
  ]
}

const windowOf = (job: Job) => job.window?.start ?? null
