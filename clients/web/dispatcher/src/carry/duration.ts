/** How long a job may be said to take, as the server has it. Pure. */
import type { Job } from '../../../shared/documents.ts'
import { crewOf } from '../../../shared/jobs/crew.ts'
import type { Place } from '../board/board.svelte.ts'
import { SNAP_MS } from '../timeline/scale.ts'

export const SHORTEST_S = 5 * 60
export const LONGEST_S = 12 * 3600

export function clamped(seconds: number): number {
  const step = SNAP_MS / 1000
  return Math.min(LONGEST_S, Math.max(SHORTEST_S, Math.round(seconds / step) * step))
}

/** Where a planned job is, to be held by its end; null for one that nobody has. */
export function byItsEnd(job: Job): Place | null {
  if (!job.technician_id || !job.planned_start) return null
  const crew = crewOf(job)
  return { technicianId: job.technician_id, start_ms: Date.parse(job.planned_start), duration_s: job.duration_seconds, ...(crew.length > 1 ? { crew } : {}) }
}
