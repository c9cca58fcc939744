import { send, type Session } from '../flusher/transport.ts'
import type { components } from '../api/schema.js'
import { Refused } from '../sync/protocol.ts'

export type SessionView = components['schemas']['SessionView']

/** Whether this browser has logged in before, so that a first visit does not ask in vain. Holds no secret. */
const HINT = 'truckroll staff'

/** A person of the office: the browser keeps the cookie, the page proves itself by the CSRF token. */
export class StaffSession implements Session {
  readonly view: SessionView

  private constructor(view: SessionView) {
    this.view = view
  }

  /** code: of the second factor. Throws Refused (wrong_credentials, second_factor_needed, wrong_code, too_many_attempts), Offline. */
  static async logIn(email: string, password: string, code: string | null = null): Promise<StaffSession> {
    return this.#open('/api/v1/session', { email, password, code })
  }

  /** Goes on with the session of this browser after a reload; null when there is none. Throws Offline. */
  static async resume(): Promise<StaffSession | null> {
    if (!localStorage.getItem(HINT)) return null
    try {
      return await this.#open('/api/v1/session/csrf', {})
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      localStorage.removeItem(HINT)
      return null
    }
  }

  async logOut(): Promise<void> {
    localStorage.removeItem(HINT)
    await send('/api/v1/session', { method: 'DELETE', headers: await this.headers() })
  }

  async headers(): Promise<Record<string, string>> {
    return { 'x-csrf-token': this.view.csrf_token ?? '' }
  }

  async renew(): Promise<boolean> {
    return false // only the person gives a new session
  }

  static async #open(path: string, body: object): Promise<StaffSession> {
    const headers = { 'content-type': 'application/json' }
    const answer = await send(path, { method: 'POST', headers, body: JSON.stringify(body) })
    localStorage.setItem(HINT, '1')
    return new StaffSession((await answer.json()) as SessionView)
  }
}
