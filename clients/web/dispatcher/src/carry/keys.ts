/** Carrying a job with the arrow keys. Pure. */
import type { Place } from '../board/board.svelte.ts'
import type { Row } from '../timeline/layout.ts'
import { MINUTE_MS } from '../timeline/scale.ts'
import type { Target } from './carry.svelte.ts'

const STEP_MS = 15 * MINUTE_MS
const FINE_STEP_MS = 5 * MINUTE_MS

/**
 * Where a key moves a target: in time, or to the technician above or below; a job that is held by its end gets longer or
 * shorter. Undefined for any other key.
 */
export function moved(target: Target | null, rows: readonly Row[], key: string, isFine: boolean): Place | undefined {
  if (!target || target === 'backlog') return undefined
  const step = isFine ? FINE_STEP_MS : STEP_MS
  if (target.duration_s !== undefined) return stretched(target, target.duration_s, key, step)
  if (key === 'ArrowLeft') return { ...target, start_ms: target.start_ms - step }
  if (key === 'ArrowRight') return { ...target, start_ms: target.start_ms + step }
  const offset = key === 'ArrowUp' ? -1 : key === 'ArrowDown' ? 1 : 0
  const index = rows.findIndex(row => row.technician.id === target.technicianId) + offset
  const row = offset ? rows[Math.max(0, Math.min(rows.length - 1, index))] : undefined
  return row && { ...target, technicianId: row.technician.id }
}

function stretched(target: Place, duration_s: number, key: string, step_ms: number): Place | undefined {
  const sign = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
  return sign ? { ...target, duration_s: duration_s + (sign * step_ms) / 1000 } : undefined
}
