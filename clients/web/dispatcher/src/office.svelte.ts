import { openApi, taken, type Api } from '../../shared/api/client.ts'
import type { components, paths } from '../../shared/api/schema.js'
import type { Resolution } from '../../shared/documents.ts'
import { Flusher } from '../../shared/flusher/flusher.ts'
import { Live } from '../../shared/live.svelte.ts'
import { StaffSession } from '../../shared/session/staff.ts'
import { MemoryStore } from '../../shared/store/memory.ts'
import { newUid } from '../../shared/sync/uid.ts'

type Schemas = components['schemas']
export type Territory = Schemas['TerritoryView']
export type Phone = Schemas['PhoneView']
export type User = Schemas['UserView']
export type Run = paths['/api/v1/optimisation-runs']['post']['responses'][202]['content']['application/json']

/** How long a plan is searched for: a dispatcher waits for it. */
export const SEARCH_SECONDS = 5
/** A worker that does not answer by then is not running. */
const GIVE_UP_SECONDS = 60

/** The office's page: who is logged in, what it holds, and what it asks the server to do. */
export class Office {
  session = $state.raw<StaffSession | null>(null)
  territories = $state.raw<Territory[]>([])
  isReady = $state(false)
  readonly live = new Live()
  #api: Api | undefined
  #running: AbortController | undefined

  /** Goes on with the session of this browser, if there is one. */
  async open(): Promise<void> {
    const session = await StaffSession.resume()
    if (session) await this.#start(session)
    this.isReady = true
  }

  /** Throws Refused, Offline. */
  async logIn(email: string, password: string): Promise<void> {
    await this.#start(await StaffSession.logIn(email, password))
  }

  async logOut(): Promise<void> {
    const { session } = this
    this.#end()
    await session?.logOut()
  }

  /** Asks for a better plan and waits for the proposal. `told` hears of every state on the way. */
  async plan(territory_id: string, day: string, told: (run: Run) => void): Promise<Run> {
    const body = { territory_id, day, days: 1, policy: 'standard', seconds: SEARCH_SECONDS, seed: 1 }
    let run = await taken(this.api.POST('/api/v1/optimisation-runs', { body }))
    const until = Date.now() + GIVE_UP_SECONDS * 1000
    while ((run.state === 'queued' || run.state === 'running') && Date.now() < until) {
      told(run)
      await new Promise(resolve => setTimeout(resolve, 1000))
      run = await taken(this.api.GET('/api/v1/optimisation-runs/{run_id}', { params: { path: { run_id: run.id } } }))
    }
    told(run)
    return run
  }

  accept(run: Run): Promise<Run> {
    const path = { params: { path: { run_id: run.id } } }
    return taken(this.api.POST('/api/v1/optimisation-runs/{run_id}/acceptance', { ...path, body: {} }))
  }

  discard(run: Run): Promise<Run> {
    const path = { params: { path: { run_id: run.id } } }
    return taken(this.api.POST('/api/v1/optimisation-runs/{run_id}/discard', path))
  }

  /** Sends the assigned jobs of a day to their phones; how many. */
  async send(territory_id: string, day: string): Promise<number> {
    const params = { path: { territory_id, day } }
    const sent = await taken(this.api.POST('/api/v1/territories/{territory_id}/days/{day}/dispatch', { params }))
    return sent.job_ids.length
  }

  async resolve(cardId: string, resolution: Resolution, note: string): Promise<void> {
    const params = { path: { card_id: cardId } }
    await taken(this.api.POST('/api/v1/review-cards/{card_id}/resolution', { params, body: { resolution, note } }))
  }

  /** The users who can carry a phone. */
  async phoneUsers(): Promise<User[]> {
    const users = await taken(this.api.GET('/api/v1/users'))
    return users.filter(user => user.technician_id !== null)
  }

  /** Phones in use that were silent for so many hours at least. */
  async phones(silent_hours: number): Promise<Phone[]> {
    const phones: Phone[] = []
    let cursor: string | null | undefined
    do {
      const query = { silent_hours, page_size: 200, ...(cursor ? { cursor } : {}) }
      const page = await taken(this.api.GET('/api/v1/reports/phones', { params: { query } }))
      phones.push(...page.items)
      cursor = page.next_cursor
    } while (cursor)
    return phones
  }

  issueCode(userId: string): Promise<Schemas['EnrolmentCodeView']> {
    const params = { path: { user_id: userId } }
    return taken(this.api.POST('/api/v1/users/{user_id}/enrolment-codes', { params }))
  }

  get api(): Api {
    if (!this.#api) throw new Error('nobody is logged in')
    return this.#api
  }

  #end(): void {
    this.#running?.abort()
    this.session = null
  }

  async #start(session: StaffSession): Promise<void> {
    this.#running?.abort()
    const running = (this.#running = new AbortController())
    this.#api = openApi(session)
    const page = newUid(Date.now()) // every page of the office is a device of its own, for as long as it is open
    const store = new MemoryStore(page)
    running.signal.addEventListener('abort', this.live.follow(store))
    const flusher = new Flusher(store, session, page, status => {
      this.live.status = status
      if (status.trouble === 'logged_out') this.#end() // the session is over: ask for the password again
    })
    void flusher.run(`truckroll board ${page}`, running.signal)
    this.territories = await taken(this.#api.GET('/api/v1/territories'))
    this.session = session
  }
}
