import { taken, type Api } from '../../../shared/api/client.ts'
import type { components } from '../../../shared/api/schema.js'
import type { Wanted } from './planning.svelte.ts'

export type Figures = components['schemas']['Figures']
/** A policy and what it would have made of the day; null for one that failed. */
export type Outcome = { policy: string; figures: Figures | null }

const LOOK_EVERY_MS = 700
const SEARCHING: ReadonlySet<string> = new Set(['queued', 'running'])

/** A day that was kept, planned again under several policies. morning: the plan in force as it was then. */
export class Comparing {
  morning = $state.raw<Figures | null>(null)
  outcomes = $state.raw<Outcome[]>([])
  isAsking = $state(false)
  readonly #api: () => Api

  constructor(api: () => Api) {
    this.#api = api
  }

  /** Throws Refused, Offline. */
  async compare(policies: readonly string[], wanted: Omit<Wanted, 'policy' | 'replays'>): Promise<void> {
    this.outcomes = []
    this.isAsking = true
    try {
      await this.#compare(policies, wanted)
    } finally {
      this.isAsking = false
    }
  }

  async #compare(policies: readonly string[], wanted: Omit<Wanted, 'policy' | 'replays'>): Promise<void> {
    const asked = await Promise.all(policies.map(policy => taken(this.#api().POST('/api/v1/optimisation-runs', { body: { ...wanted, policy, replays: true } }))))
    const ended = await Promise.all(asked.map(run => this.#ended(run.id)))
    this.morning = ended[0]?.figures_before ?? null
    this.outcomes = ended.map((run, index) => ({ policy: policies[index]!, figures: run.figures_after }))
  }

  async #ended(run_id: string) {
    for (;;) {
      const run = await taken(this.#api().GET('/api/v1/optimisation-runs/{run_id}', { params: { path: { run_id } } }))
      if (!SEARCHING.has(run.state)) return run
      await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
    }
  }
}
