import { taken } from '../../../shared/api/client.ts'
import type { Job } from '../../../shared/documents.ts'
import { COLLEAGUES } from '../../../shared/texts/en.ts'
import { clock } from '../../../shared/time.ts'
import type { Board } from './board.svelte.ts'
import { changedBy, type Change } from './changes.ts'
import { seesUsers } from './roles.ts'

/** So long are the words of what a colleague did left standing. */
const STANDS_MS = 8_000

/** What others of the office do to the plan, with their names. */
export class Colleagues {
  heard = $state.raw('')
  readonly #board: Board
  #names = $state.raw<ReadonlyMap<string, string>>(new Map())
  #known: ReadonlyMap<string, Job> | null = null
  #over: ReturnType<typeof setTimeout> | undefined

  constructor(board: Board) {
    this.#board = board
  }

  /** Who changed a job's plan last; null for the planner, for nobody, and for whom we do not know. */
  nameOf(job: Job): string | null {
    return (job.planned_by && this.#names.get(job.planned_by)) ?? null
  }

  /** Asks for the names; who may not read them sees none. */
  async learn(): Promise<void> {
    const role = this.#board.office.session?.view.role
    if (!role || !seesUsers(role)) return
    const users = await taken(this.#board.office.api.GET('/api/v1/users')).catch(() => [])
    this.#names = new Map(users.map(one => [one.id, one.name]))
  }

  /** Looks at the jobs as they are now: what is otherwise than before, and not by our own hand, is told. */
  look(jobs: readonly Job[]): void {
    const own = this.#board.office.session?.view.user_id ?? null
    const changes = this.#known ? changedBy(this.#known, jobs, own) : []
    this.#known = new Map(jobs.map(job => [job.id, job]))
    if (changes.length) this.#tell(changes)
  }

  #tell(changes: readonly Change[]): void {
    const [first] = changes
    const who = this.nameOf(first!.job) ?? COLLEAGUES.somebody
    this.heard = changes.length === 1 ? COLLEAGUES.did(who, this.#words(first!)) : COLLEAGUES.changed(who, changes.length)
    clearTimeout(this.#over)
    this.#over = setTimeout(() => (this.heard = ''), STANDS_MS)
  }

  #words({ job, what }: Change): string {
    if (what !== 'place') return COLLEAGUES.whats[what](job.number, job)
    if (!job.technician_id || !job.planned_start) return COLLEAGUES.backlog(job.number)
    const name = this.#board.technician(job.technician_id)?.name ?? '–'
    return COLLEAGUES.place(job.number, name, clock(job.planned_start, this.#board.zone))
  }
}
