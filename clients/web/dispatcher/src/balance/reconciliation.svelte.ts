import { taken, type Api } from '../../../shared/api/client.ts'
import type { components } from '../../../shared/api/schema.js'

type Schemas = components['schemas']
export type Balance = Schemas['Balance']
export type Break = Schemas['BreakView']
type BreakState = Schemas['BreakState']
type Role = Schemas['Role']

/** Whom the server lets see the balance, and who may ask for a comparison (`backend/identity/access.py`). */
const READERS: ReadonlySet<Role> = new Set<Role>(['billing_analyst', 'auditor', 'administrator', 'supervisor'])
const COMPARERS: ReadonlySet<Role> = new Set<Role>(['billing_analyst', 'administrator'])

export const seesBalance = (role: Role) => READERS.has(role)
export const mayCompare = (role: Role) => COMPARERS.has(role)

/** Those that a person can do something about come first. Of each state a page is shown; the sums count them all. */
const UNSETTLED: BreakState[] = ['repairProposed', 'repairing', 'open']

/** Is every service that runs billed? The balance as last asked for, and the breaks for whoever looks at them. */
export class Reconciliation {
  balance = $state.raw<Balance | null>(null)
  breaks = $state.raw<Break[]>([])
  /** Only who looks at the breaks fetches them. */
  isOpen = $state(false)
  readonly #api: Api
  #asking: Promise<void> | undefined
  #isStale = false

  constructor(api: Api) {
    this.#api = api
  }

  /** Asks anew, one question at a time: what comes up meanwhile is asked once more at the end. Throws Refused, Offline. */
  refresh(): Promise<void> {
    this.#isStale = true
    this.#asking ??= this.#askAll().finally(() => (this.#asking = undefined))
    return this.#asking
  }

  async approve(one: Break): Promise<void> {
    await taken(this.#api.POST('/api/v1/breaks/{break_id}/repair', { params: { path: { break_id: one.id } } }))
    await this.refresh()
  }

  async reverse(one: Break): Promise<void> {
    await taken(this.#api.POST('/api/v1/breaks/{break_id}/repair-reversal', { params: { path: { break_id: one.id } } }))
    await this.refresh()
  }

  /** Asks the worker for a comparison; what it finds is seen with the next refresh. */
  async compare(): Promise<void> {
    await taken(this.#api.POST('/api/v1/reconciliation-runs'))
  }

  async #askAll(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false
      this.balance = await taken(this.#api.GET('/api/v1/reports/balance'))
      if (this.isOpen) this.breaks = (await Promise.all(UNSETTLED.map(state => this.#inState(state)))).flat()
    }
  }

  async #inState(state: BreakState): Promise<Break[]> {
    const page = await taken(this.#api.GET('/api/v1/breaks', { params: { query: { state } } }))
    return page.items
  }
}
