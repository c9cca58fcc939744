import { taken } from '../../../shared/api/client.ts'
import type { components } from '../../../shared/api/schema.js'
import type { Job } from '../../../shared/documents.ts'
import { Refused } from '../../../shared/sync/protocol.ts'
import { sentence } from '../../../shared/texts/reasons.ts'
import type { Board } from '../board/board.svelte.ts'
import { isUnmoved } from '../board/unmoved.ts'
import type { Target } from './carry.svelte.ts'
import { latestOf, withDurationOf } from './latest.ts'
import { triedOf, type TriedMove } from './tried.ts'

/** One job, as it was, put somewhere else. */
export type DraftMove = { job: Job; target: Target }
export type Whole = components['schemas']['WhatIfView']
type Kept = DraftMove & { forget: () => void }

/**
 * What if: moves by hand that this page alone shows, until all of them are taken over or thrown away.
 *
 * The server makes them on a copy of the day and says what the copy costs against the day as it is. Prices of single moves are
 * not added up: taken back, moved twice or overtaken by a colleague, one move changes what the others cost.
 */
export class Draft {
  isOn = $state(false)
  /** Why it cannot be said what it would do; null when it can. */
  trouble = $state<string | null>(null)
  #kept = $state.raw<readonly Kept[]>([])
  #weighed = $state.raw<{ kept: readonly Kept[]; whole: Whole } | null>(null)
  #asked = 0
  readonly #board: Board

  constructor(board: Board) {
    this.#board = board
  }

  /** What is left to be done of it, each job once. */
  readonly moves: readonly DraftMove[] = $derived.by(() => latestOf(this.#kept))
  readonly tried: TriedMove[] = $derived.by(() => triedOf(this.moves))
  /** What the server says of just these moves; null until it has. */
  readonly whole: Whole | null = $derived.by(() => (this.#weighed?.kept === this.#kept ? this.#weighed.whole : null))

  begin(): void {
    this.isOn = true
  }

  /** Who moves a job that was made longer or shorter here leaves it so; what a colleague has overtaken is forgotten. */
  add(job: Job, target: Target): void {
    const first = this.#kept.find(move => move.job.id === job.id)
    const now = this.#board.office.live.one('job', job.id)
    if (first && now && !isUnmoved(first.job, now)) this.leaveOut(job.id)
    const meant = withDurationOf(target, this.#kept.findLast(move => move.job.id === job.id)?.target)
    const forget = this.#board.put(job.id, meant === 'backlog' ? null : meant, true)
    this.#kept = [...this.#kept, { job, target: meant, forget }]
  }

  /** Takes the last move back; whether there was one. */
  undo(): boolean {
    const last = this.#kept.at(-1)
    if (!last) return false
    this.#kept = this.#kept.slice(0, -1)
    last.forget()
    const before = this.#kept.findLast(move => move.job.id === last.job.id)
    if (before) this.#board.put(before.job.id, before.target === 'backlog' ? null : before.target, true)
    return true
  }

  /** Shows one job where it is, whatever was tried with it. */
  leaveOut(jobId: string): void {
    for (const move of this.#kept) if (move.job.id === jobId) move.forget()
    this.#kept = this.#kept.filter(move => move.job.id !== jobId)
  }

  /** Asks what all of it would do to the day as it is now. */
  async weigh(): Promise<void> {
    const { tried } = this
    const kept = this.#kept
    const asked = ++this.#asked
    if (!tried.length) return
    try {
      const whole = await taken(this.#board.office.api.POST('/api/v1/what-if', { body: { tried } }))
      if (asked !== this.#asked) return // a later answer is of a later day
      this.#weighed = { kept, whole }
      this.trouble = null
    } catch (error) {
      if (asked === this.#asked) this.trouble = sentence(error instanceof Refused ? error.refusal.code : null)
    }
  }

  /** Ends it: everything is shown as it is. What was left to be done of it. */
  end(): readonly DraftMove[] {
    const { moves } = this
    for (const move of this.#kept) move.forget()
    this.#kept = []
    this.trouble = null
    this.isOn = false
    return moves
  }
}
