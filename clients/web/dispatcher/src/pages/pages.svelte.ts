/** The pages of the office beside the board: the router, from which tests take their list. */
import type { Component } from 'svelte'
import type { components } from '../../../shared/api/schema.js'
import type { Office } from '../office.svelte.ts'

type Role = components['schemas']['Role']
export type PageProps = { office: Office; address: Address }
/** load: what is fetched only when the page is opened. */
export type Page = { mayOpen: (role: Role) => boolean; load: () => Promise<{ default: Component<PageProps> }> }

/** By the name in the address, `#page=<name>`; the board is what there is without one. */
export const PAGES: Readonly<Record<string, Page>> = {
  reports: { mayOpen: () => true, load: () => import('../reports/Reports.svelte') },
  administration: { mayOpen: () => true, load: () => import('../admin/Administration.svelte') },
  account: { mayOpen: () => true, load: () => import('../account/Account.svelte') },
}

/** What follows the `#`: it says what is shown, can be kept, and be sent to a colleague. */
export class Address {
  #params = $state.raw(new URLSearchParams(location.hash.slice(1)))

  /** Listens until the signal says stop. */
  constructor(signal: AbortSignal) {
    addEventListener('hashchange', () => (this.#params = new URLSearchParams(location.hash.slice(1))), { signal })
  }

  get page(): string | null {
    const name = this.#params.get('page')
    return name !== null && Object.hasOwn(PAGES, name) ? name : null
  }

  get(name: string): string {
    return this.#params.get(name) ?? ''
  }

  /** Shows something else of the page; what is empty is left out. A step that can be gone back to only with `isStep`. */
  set(changes: Record<string, string>, isStep = false): void {
    const next = new URLSearchParams(this.#params)
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value)
      else next.delete(name)
    }
    this.#params = next
    history[isStep ? 'pushState' : 'replaceState'](null, '', `#${next}`)
  }
}
