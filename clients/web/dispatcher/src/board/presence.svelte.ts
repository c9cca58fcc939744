import type { Board } from './board.svelte.ts'

/** Who else of the office is on which job, and telling them where this page is. */
export class Presence {
  /** What was said last. */
  jobId: string | null = null
  readonly #board: Board

  constructor(board: Board) {
    this.#board = board
  }

  /** Names by job, without one's own. */
  readonly #others: ReadonlyMap<string, string[]> = $derived.by(() => {
    const { live, session } = this.#board.office
    // Every answer of the server is a look at the clock as well.
    const now_ms = live.status.contact_ms === null ? 0 : Date.now()
    const others = live.all('presence').filter(one => one.user_id !== session?.view.user_id && Date.parse(one.until) > now_ms)
    return new Map([...Map.groupBy(others, one => one.job_id)].map(([id, found]) => [id, found.map(one => one.name)]))
  })

  on(jobId: string): string[] {
    return this.#others.get(jobId) ?? []
  }

  /** Says which job this page is on. What does not get through is said again with the next. */
  async say(jobId: string | null): Promise<void> {
    if (jobId === null && this.jobId === null) return
    this.jobId = jobId
    await this.#board.office.api.PUT('/api/v1/presence', { body: { job_id: jobId } }).catch(() => undefined)
  }
}
