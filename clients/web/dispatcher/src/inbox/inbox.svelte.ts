import { taken } from '../../../shared/api/client.ts'
import type { components } from '../../../shared/api/schema.js'
import type { ReviewCard } from '../../../shared/documents.ts'
import type { Board } from '../board/board.svelte.ts'
import { seesAlerts, seesFallouts } from '../board/roles.ts'

type Schemas = components['schemas']
export type Alert = Schemas['AlertView']
export type Fallout = Schemas['FalloutCount']

/** What wants a person: windows at risk, cards to decide, activations that fell out. Cards come by sync, the others are asked for. */
export class Inbox {
  alerts = $state.raw<Alert[]>([])
  fallouts = $state.raw<Fallout[]>([])
  readonly #board: Board
  #asking: Promise<void> | undefined

  constructor(board: Board) {
    this.#board = board
  }

  readonly cards: ReviewCard[] = $derived.by(() =>
    this.#board.office.live.all('review_card').filter(card => card.state === 'open').sort((one, other) => other.opened_at.localeCompare(one.opened_at)),
  )

  get count(): number {
    return this.cards.length + this.fallouts.reduce((sum, one) => sum + one.count, 0)
  }

  /** Asks anew, one question at a time; without an answer the last ones stay, and the board says by itself that the server is lost. */
  refresh(): Promise<void> {
    this.#asking ??= this.#ask().catch(() => undefined).finally(() => (this.#asking = undefined))
    return this.#asking
  }

  async #ask(): Promise<void> {
    const { office, territory, day } = this.#board
    const role = office.session?.view.role
    if (!role) return
    if (seesFallouts(role)) this.fallouts = await taken(office.api.GET('/api/v1/activation-fallouts'))
    if (!seesAlerts(role)) return
    const asked = office.territories.filter(one => !territory || one.id === territory.id)
    const path = '/api/v1/territories/{territory_id}/days/{day}/jeopardy'
    // A colleague's territory is not there for us.
    const views = await Promise.all(asked.map(one => taken(office.api.GET(path, { params: { path: { territory_id: one.id, day } } })).catch(() => null)))
    this.alerts = views.flatMap(view => view?.items ?? []).sort((one, other) => other.probability - one.probability)
  }
}
