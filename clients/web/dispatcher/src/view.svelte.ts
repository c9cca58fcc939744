/** What the board shows, kept in the address, so that it can be sent to a colleague: `#territory=<id>&day=<date>`. */
export class View {
  #params = $state.raw(read())

  constructor() {
    addEventListener('hashchange', () => (this.#params = read()))
  }

  get territoryId(): string | null {
    return this.#params.get('territory')
  }

  get day(): string | null {
    return this.#params.get('day')
  }

  show(territoryId: string, day: string): void {
    location.hash = new URLSearchParams({ territory: territoryId, day }).toString()
  }
}

function read(): URLSearchParams {
  return new URLSearchParams(location.hash.slice(1))
}
