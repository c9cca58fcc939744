import routes from './routes.json' with { type: 'json' }

/** Every screen of the page; the tests walk through them by the same table. */
export type ScreenName = keyof typeof routes

/** The token of a customer's link and the screen, from the address's fragment, which browsers never send to a server. */
export class Route {
  #hash = $state.raw(location.hash)

  constructor() {
    addEventListener('hashchange', () => {
      this.#hash = location.hash
      scrollTo(0, 0)
    })
  }

  get token(): string | null {
    return tokenOf(this.#hash)
  }

  get screen(): ScreenName {
    return screenOf(this.#hash)
  }

  /** The address of a screen of the same visit. */
  to(screen: ScreenName): string {
    return `#${this.token ?? ''}${routes[screen]}`
  }

  go(screen: ScreenName): void {
    location.hash = this.to(screen)
  }
}

export function tokenOf(hash: string): string | null {
  return /^#(trl_[\w-]{20,100})(?:\/|$)/.exec(hash)?.[1] ?? null
}

/** An address that no screen has shows the visit. */
export function screenOf(hash: string): ScreenName {
  const path = /\/.*/.exec(hash)?.[0] ?? ''
  return (Object.keys(routes) as ScreenName[]).find(screen => routes[screen] === path) ?? 'visit'
}
