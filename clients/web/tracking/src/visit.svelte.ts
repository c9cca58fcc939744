import { Refused, Server, type Visit } from './server.ts'
import { TEXTS, languageOf, type Texts } from './texts/texts.ts'

/** How often an open page asks: a visit changes by the minute, and a page that slept asks when it wakes. */
const LOOK_EVERY_MS = 10_000
const KEPT = 'proved '

/** The visit of a link, as the server last told it, and the two tokens: the link's own, and the one after the second proof. */
export class VisitStore {
  visit = $state.raw<Visit | null>(null)
  /** The link does not hold (any more). */
  isGone = $state(false)
  /** Why the last question or wish came to nothing. */
  trouble = $state<string | null>(null)
  heard_ms = $state(0)
  readonly #token: string
  #server: Server

  constructor(token: string) {
    this.#token = token
    this.#server = new Server(sessionStorage.getItem(KEPT + token) ?? token)
  }

  get server(): Server {
    return this.#server
  }

  get language(): string {
    return languageOf(this.visit?.language ?? navigator.language)
  }

  get texts(): Texts {
    return TEXTS[this.language] ?? TEXTS.en!
  }

  /** Looks now, and again and again while somebody looks at the page. Returns how to stop. */
  follow(): () => void {
    const look = (): void => {
      if (!document.hidden) void this.look()
    }
    look()
    const timer = setInterval(look, LOOK_EVERY_MS)
    document.addEventListener('visibilitychange', look)
    return () => (clearInterval(timer), document.removeEventListener('visibilitychange', look))
  }

  async look(): Promise<void> {
    try {
      this.heard(await this.#server.see())
      if (this.trouble === 'offline') this.trouble = null
    } catch (error) {
      await this.#lost(error as Refused)
    }
  }

  heard(visit: Visit): void {
    this.visit = visit
    this.heard_ms = Date.now()
  }

  async prove(answer: string): Promise<boolean> {
    return this.wish(async () => {
      const proved = await new Server(this.#token).prove(answer)
      sessionStorage.setItem(KEPT + this.#token, proved.token)
      this.#server = new Server(proved.token)
      return this.#server.see()
    })
  }

  /** Does what the customer asked for; whether it was done. What comes of it is shown. */
  async wish(doing: () => Promise<Visit | void>): Promise<boolean> {
    this.trouble = null
    try {
      const visit = await doing()
      if (visit) this.heard(visit)
      return true
    } catch (error) {
      this.trouble = (error as Refused).code ?? 'busy'
      return false
    }
  }

  /** The hour of the second proof may be over: then the link itself still shows the visit. */
  async #lost({ code, status }: Refused): Promise<void> {
    if (status !== 404) {
      this.trouble = code
    } else if (sessionStorage.getItem(KEPT + this.#token)) {
      sessionStorage.removeItem(KEPT + this.#token)
      this.#server = new Server(this.#token)
      await this.look()
    } else {
      this.isGone = true
    }
  }
}
