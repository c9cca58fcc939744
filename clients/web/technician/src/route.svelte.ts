import routes from './routes.json' with { type: 'json' }

/** Every screen of an enrolled phone; the tests walk through them by the same table. */
export type ScreenName = keyof typeof routes

type Place = { screen: ScreenName; id: string }

const PATTERNS = Object.entries(routes).map(([screen, path]) => {
  const pattern = new RegExp(`^${path.replace(':id', '(?<id>[\\w-]+)')}$`)
  return [screen as ScreenName, pattern] as const
})

/** Where the person is, from the address's fragment, such as `#/job/<id>/work`. */
export class Route {
  #place = $state.raw<Place>(read())

  constructor() {
    addEventListener('hashchange', () => {
      this.#place = read()
      document.querySelector('main')?.scrollTo(0, 0)
    })
  }

  get screen(): ScreenName {
    return this.#place.screen
  }

  /** The id of the job that is shown, '' elsewhere. */
  get id(): string {
    return this.#place.id
  }
}

/** The address of a screen. `id`: of its job, where it has one. */
export function to(screen: ScreenName, id = ''): string {
  return `#${routes[screen].replace(':id', id)}`
}

/** An address that no screen has shows the day. */
function read(): Place {
  const path = location.hash.slice(1)
  for (const [screen, pattern] of PATTERNS) {
    const found = pattern.exec(path)
    if (found) return { screen, id: found.groups?.id ?? '' }
  }
  return { screen: 'day', id: '' }
}
