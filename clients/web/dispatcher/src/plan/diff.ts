/** A proposal as it is read: what touches a promise first, then by what each change is for. Pure. */
import type { Move } from './planning.svelte.ts'

export type Group = { name: string; isPromised: boolean; moves: Move[] }

/**
 * The name of a group is the reason of its moves. Within a group, what gains most comes first.
 *
 * asked: the job that the question was about, if it was about one; it comes before everything else.
 */
export function grouped(moves: readonly Move[], asked: string | null = null): Group[] {
  const hasAsked = (of: readonly Move[]) => of.some(move => move.job_id === asked)
  const first = (one: readonly Move[], other: readonly Move[]) => Number(hasAsked(other)) - Number(hasAsked(one))
  const groups = Map.groupBy(moves, move => `${move.touches_promise ? 0 : 1} ${move.reason}`)
  return [...groups.entries()]
    .sort(([one, its], [other, theirs]) => first(its, theirs) || one.localeCompare(other))
    .map(([, found]) => ({
      name: found[0]!.reason,
      isPromised: found[0]!.touches_promise,
      moves: found.toSorted((one, other) => first([one], [other]) || one.cost_delta_seconds - other.cost_delta_seconds || one.sequence - other.sequence),
    }))
}
