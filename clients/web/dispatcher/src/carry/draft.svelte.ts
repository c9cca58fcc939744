import type { Job } from '../../../shared/documents.ts'
import type { Board } from '../board/board.svelte.ts'
import type { Target } from './carry.svelte.ts'
import { latestOf, withDurationOf } from './latest.ts'

/** One job, as it was, put somewhere else; cost_s: what the server said that it would cost, null when it was not asked. */
export type DraftMove = { job: Job; target: Target; cost_s: number | null }
type Kept = DraftMove & { forget: () => void }

/** What if: moves by hand that this page alone shows, until all of them are taken over or thrown away. */
export class Draft {
  isOn = $state(false)
  #kept = $state.raw<readonly Kept[]>([])
  readonly #board: Board

  constructor(board: Board) {
    this.#board = board
  }

  /** What is left to be done of it, each job once. */
  readonly moves: readonly DraftMove[] = $derived.by(() => latestOf(this.#kept))

  /** Of the moves whose price is known; each was asked for on the day as it really is. */
  readonly cost_s = $derived.by(() => this.moves.reduce((sum, move) => sum + (move.cost_s ?? 0), 0))

  begin(): void {
    this.isOn = true
  }

  /** Who moves a job that was made longer or shorter here leaves it so. */
  add(job: Job, target: Target, cost_s: number | null): void {
    const meant = withDurationOf(target, this.#kept.findLast(move => move.job.id === job.id)?.target)
    const forget = this.#board.put(job.id, meant === 'backlog' ? null : meant)
    this.#kept = [...this.#kept, { job, target: meant, cost_s, forget }]
  }

  /** Takes the last move back; whether there was one. */
  undo(): boolean {
    const last = this.#kept.at(-1)
    if (!last) return false
    this.#kept = this.#kept.slice(0, -1)
    last.forget()
    const before = this.#kept.findLast(move => move.job.id === last.job.id)
    if (before) this.#board.put(before.job.id, before.target === 'backlog' ? null : before.target)
    return true
  }

  /** Ends it: everything is shown as it is. What was left to be done of it. */
  end(): readonly DraftMove[] {
    const { moves } = this
    for (const move of this.#kept) move.forget()
    this.#kept = []
    this.isOn = false
    return moves
  }
}
