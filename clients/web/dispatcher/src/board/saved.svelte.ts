/** Views that a dispatcher comes back to, by name: addresses, kept in this browser. */

const KEPT = 'truckroll views'
const MOST = 20

export type SavedView = { name: string; address: string }

export class SavedViews {
  all = $state.raw<SavedView[]>(kept())

  /** A name that there is already gets the new view. */
  save(name: string, address: string): void {
    this.#keep([...this.all.filter(one => one.name !== name), { name, address }].slice(-MOST))
  }

  forget(name: string): void {
    this.#keep(this.all.filter(one => one.name !== name))
  }

  #keep(views: SavedView[]): void {
    this.all = views
    localStorage.setItem(KEPT, JSON.stringify(views))
  }
}

function kept(): SavedView[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '[]')
    return Array.isArray(found) ? found.filter(one => typeof one?.name === 'string' && typeof one?.address === 'string') : []
  } catch {
    return [] // somebody else wrote there
  }
}
