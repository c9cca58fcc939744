import type { Session } from '../flusher/transport.ts'

/** The token of a customer's link, from the address's fragment, which browsers never send to a server. */
export function linkToken(hash: string): string | null {
  const token = hash.replace(/^#/, '')
  return /^trl_[\w-]{20,100}$/.test(token) ? token : null
}

export class LinkSession implements Session {
  readonly #token: string

  constructor(token: string) {
    this.#token = token
  }

  async headers(): Promise<Record<string, string>> {
    return { authorization: `Bearer ${this.#token}` }
  }

  async renew(): Promise<boolean> {
    return false // a link that has ended stays ended
  }
}
