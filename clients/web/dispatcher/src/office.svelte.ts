import { openApi, taken, type Api } from '../../shared/api/client.ts'
import type { components } from '../../shared/api/schema.js'
import type { Resolution } from '../../shared/documents.ts'
import { Flusher } from '../../shared/flusher/flusher.ts'
import { Live } from '../../shared/live.svelte.ts'
import { StaffSession } from '../../shared/session/staff.ts'
import { MemoryStore } from '../../shared/store/memory.ts'
import { newUid } from '../../shared/sync/uid.ts'

type Schemas = components['schemas']
/** What is drawn of it stands on the administration's page. */
export type Territory = Omit<Schemas['TerritoryView'], 'area'>
export type Phone = Schemas['PhoneView']
export type User = Schemas['UserView']

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
  async logIn(email: string, password: string, code: string | null): Promise<void> {
    await this.#start(await StaffSession.logIn(email, password, code))
  }

  async logOut(): Promise<void> {
    const { session } = this
    this.#end()
    await session?.logOut()
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
