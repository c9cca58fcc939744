/** A proposal as it is read: what touches a promise first, then by what each change is for. Pure. */
import type { Move } from './planning.svelte.ts'

export type Group = { name: string; isPromised: boolean; moves: Move[] }

/** The name of a group is the reason of its moves. Within a group, what gains most comes first. */
export function grouped(moves: readonly Move[]): Group[] {
  const groups = Map.groupBy(moves, move => `${move.touches_promise ? 0 : 1} ${move.reason}`)
  return [...groups.entries()]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([, found]) => ({
      name: found[0]!.reason,
      isPromised: found[0]!.touches_promise,
      moves: found.toSorted((one, other) => one.cost_delta_seconds - other.cost_delta_seconds || one.sequence - other.sequence),
    }))
}
