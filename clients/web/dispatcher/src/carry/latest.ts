/** Pure. */
import type { DraftMove } from './draft.svelte.ts'

/** Where each job was put last, in the order of their first moves; with the job as it was before all of them. */
export function latestOf(moves: readonly DraftMove[]): DraftMove[] {
  const found = new Map<string, DraftMove>()
  for (const move of moves) found.set(move.job.id, { ...move, job: found.get(move.job.id)?.job ?? move.job })
  return [...found.values()]
}
