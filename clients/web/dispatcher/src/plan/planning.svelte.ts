import { openStream } from './stream.ts'
import { taken, type Api } from '../../../shared/api/client.ts'
import type { components, paths } from '../../../shared/api/schema.js'
import type { Office } from '../office.svelte.ts'

type Schemas = components['schemas']
export type Run = paths['/api/v1/optimisation-runs/{run_id}']['get']['responses'][200]['content']['application/json']
export type Move = NonNullable<Run['moves']>[number]
export type Policy = Schemas['PolicyView']
export type RunSummary = Schemas['RunSummary']
export type Wanted = Schemas['RequestRun']
type News = { state: Run['state']; progress: Run['progress'] }

const SEARCHING: ReadonlySet<string> = new Set(['queued', 'running'])
const ACCEPTABLE: ReadonlySet<string> = new Set(['proposed', 'partiallyApplied'])

/** Searches for better plans: the one that is open, and what may be chosen for the next. */
export class Planning {
  open = $state.raw<Run | null>(null)
  /** Whether a search was asked for and has not begun. */
  isAsking = $state(false)
  policies = $state.raw<Policy[]>([])
  earlier = $state.raw<RunSummary[]>([])
  readonly #office: Office
  #following: AbortController | undefined

  constructor(office: Office) {
    this.#office = office
  }

  /** Moves of the open proposal that can be accepted: none of one that was discarded, taken back, or only replays a past day. */
  readonly pending: readonly Move[] = $derived(
    this.open && ACCEPTABLE.has(this.open.state) && !this.open.replays ? (this.open.moves ?? []).filter(move => move.state === 'proposed') : [],
  )

  /** Where the open proposal gives jobs to somebody else than has them, by technician; other times alone would hide the day. */
  readonly proposed: ReadonlyMap<string, Move[]> = $derived.by(() => {
    const found = new Map<string, Move[]>()
    for (const move of this.pending) {
      const before = new Set([move.from_technician_id, ...move.from_helpers])
      const joining = [move.to_technician_id, ...move.to_helpers].filter(member => member !== null && !before.has(member)) as string[]
      for (const member of joining) found.set(member, [...(found.get(member) ?? []), move])
    }
    return found
  })

  get isSearching(): boolean {
    return this.open !== null && SEARCHING.has(this.open.state)
  }

  /** What may be chosen. Throws Refused, Offline. */
  async look(territory_id: string, day: string): Promise<void> {
    this.policies = (await taken(this.#api.GET('/api/v1/planning-policies'))).items
    this.earlier = (await taken(this.#api.GET('/api/v1/optimisation-runs', { params: { query: { territory_id, day } } }))).items
  }

  /** Asks for a better plan and follows the search to its end. */
  async start(wanted: Wanted): Promise<void> {
    this.isAsking = true
    try {
      this.open = await taken(this.#api.POST('/api/v1/optimisation-runs', { body: wanted }))
    } finally {
      this.isAsking = false
    }
    await this.#follow(this.open.id)
  }

  async show(runId: string): Promise<void> {
    this.open = await taken(this.#api.GET('/api/v1/optimisation-runs/{run_id}', of(runId)))
    if (this.isSearching) await this.#follow(runId)
  }

  async cancel(): Promise<void> {
    if (this.open) this.open = await taken(this.#api.POST('/api/v1/optimisation-runs/{run_id}/cancellation', of(this.open.id)))
    this.#following?.abort()
  }

  /** moveIds: null for all that are still open. */
  async accept(moveIds: string[] | null): Promise<void> {
    if (this.open) this.open = await taken(this.#api.POST('/api/v1/optimisation-runs/{run_id}/acceptance', { ...of(this.open.id), body: { move_ids: moveIds } }))
  }

  async discard(): Promise<void> {
    if (this.open) this.open = await taken(this.#api.POST('/api/v1/optimisation-runs/{run_id}/discard', of(this.open.id)))
  }

  async rollBack(): Promise<void> {
    if (this.open) this.open = await taken(this.#api.POST('/api/v1/optimisation-runs/{run_id}/rollback', of(this.open.id)))
  }

  close(): void {
    this.#following?.abort()
    this.open = null
  }

  /** News come as they are made; that the search has ended is told together with what it has found. */
  async #follow(runId: string): Promise<void> {
    this.#following?.abort()
    const { signal } = (this.#following = new AbortController())
    await openStream(`/api/v1/optimisation-runs/${runId}/events`, signal, news => {
      const { state, progress } = news as News
      if (this.open?.id === runId && SEARCHING.has(state)) this.open = { ...this.open, state, progress: progress ?? null }
    })
    if (!signal.aborted) this.open = await taken(this.#api.GET('/api/v1/optimisation-runs/{run_id}', of(runId)))
  }

  get #api(): Api {
    return this.#office.api
  }
}

const of = (run_id: string) => ({ params: { path: { run_id } } })
