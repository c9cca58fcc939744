/** Moves that are tried out, as the server is asked about them. Pure. */
import type { components } from '../../../shared/api/schema.js'
import type { Job } from '../../../shared/documents.ts'
import { crewOf } from '../../../shared/jobs/crew.ts'
import type { Place } from '../board/board.svelte.ts'
import type { DraftMove } from './draft.svelte.ts'

type Schemas = components['schemas']
export type TriedMove = Schemas['TriedMove']

/** seen: where this page saw the job before it was tried elsewhere, so that a colleague's move is not overlooked. */
export function triedOf(moves: readonly DraftMove[]): TriedMove[] {
  return moves.map(({ job, target }) => ({ job_id: job.id, to: target === 'backlog' ? null : dropOf(target), seen: seenOf(job) }))
}

export function dropOf({ technicianId, start_ms, crew, duration_s }: Place): Schemas['DropPlace'] {
  const [technician_id = technicianId, ...helper_ids] = crew ?? []
  return { technician_id, helper_ids, start: new Date(start_ms).toISOString(), duration_seconds: duration_s ?? null }
}

export function seenOf(job: Job): Schemas['Seen'] {
  return { technician_id: job.technician_id, start: job.planned_start, helper_ids: crewOf(job).slice(1) }
}
