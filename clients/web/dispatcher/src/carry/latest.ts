/** Moves that are tried out, as what is left to be done of them. Pure. */
import type { Job } from '../../../shared/documents.ts'
import { crewOf } from '../../../shared/jobs/crew.ts'
import type { Place } from '../board/board.svelte.ts'
import type { Target } from './carry.svelte.ts'
import type { DraftMove } from './draft.svelte.ts'

/** Where each job was put last, in the order of their first moves; with the job as it was before all of them. */
export function latestOf<Move extends DraftMove>(moves: readonly Move[]): Move[] {
  const found = new Map<string, Move>()
  for (const move of moves) found.set(move.job.id, { ...move, job: found.get(move.job.id)?.job ?? move.job })
  return [...found.values()]
}

/** A target of a job that was at `before` until now, and takes as long as was said there. */
export function withDurationOf(target: Target, before: Target | undefined): Target {
  const duration_s = before && before !== 'backlog' ? before.duration_s : undefined
  return duration_s === undefined || target === 'backlog' ? target : { duration_s, ...target }
}

/** A place as the steps that lead there, one after the other: a step either moves a job or says how long it takes. */
export function stepsTo(job: Job, place: Place): { job: Job; target: Place }[] {
  const { duration_s, ...where } = place
  const crew = place.crew ?? [place.technicianId]
  const isThere = job.planned_start !== null && Date.parse(job.planned_start) === place.start_ms && String(crew) === String(crewOf(job))
  const moved = { ...job, technician_id: crew[0]!, planned_start: new Date(place.start_ms).toISOString(), crew: partsOf(crew) }
  const steps = isThere ? [] : [{ job, target: where }]
  return duration_s === undefined || duration_s === job.duration_seconds ? steps : [...steps, { job: isThere ? job : moved, target: place }]
}

function partsOf(crew: readonly string[]): Job['crew'] {
  return crew.length > 1 ? crew.map((technician_id, index) => ({ technician_id, name: '', leads: index === 0, acknowledged: false })) : []
}
