import { done, taken, type Api } from '../../../shared/api/client.ts'
import type { components } from '../../../shared/api/schema.js'

type Schemas = components['schemas']

const MINE = '/api/v1/session/second-factor'

/** The second factor of whoever is logged in: whether there is one, and how one is set up. Every step throws Refused, Offline. */
export class Factor {
  /** null: the server has not said so yet. */
  state = $state<Schemas['SecondFactorState'] | null>(null)
  /** What the device makes codes of, until one was given. */
  begun = $state.raw<Schemas['SecondFactorSecret'] | null>(null)
  /** To be kept; they are shown this once. */
  recovery = $state.raw<readonly string[]>([])
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  async look(): Promise<void> {
    this.state = (await taken(this.#api.GET(MINE))).state
  }

  async begin(password: string): Promise<void> {
    this.begun = await taken(this.#api.POST(MINE, { body: { password } }))
  }

  async confirm(code: string): Promise<void> {
    this.recovery = (await taken(this.#api.POST(`${MINE}/confirmation`, { body: { code } }))).codes
    ;[this.begun, this.state] = [null, 'on']
  }

  kept(): void {
    this.recovery = []
  }

  async remove(code: string): Promise<void> {
    done(await this.#api.POST(`${MINE}/removal`, { body: { code } }))
    this.state = 'off'
  }
}
