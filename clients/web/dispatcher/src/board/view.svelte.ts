/** What the board shows, kept in the address, so that it can be kept, sent to a colleague and gone back to. */

export const ZOOMS = ['hours', 'day', 'week'] as const
export type Zoom = (typeof ZOOMS)[number]
export const PANELS = ['backlog', 'alerts', 'inbox', 'plan'] as const
export type Panel = (typeof PANELS)[number]
/** territory: an id, or null for all of them; job: of the job that is open beside the timeline. */
export type Shown = {
  territory: string | null
  day: string | null
  zoom: Zoom
  q: string
  only: string
  skill: string
  panel: Panel
  map: boolean
  job: string | null
}

const USUAL: Shown = { territory: null, day: null, zoom: 'day', q: '', only: 'all', skill: '', panel: 'backlog', map: false, job: null }

export class View {
  #shown = $state.raw(read(location.hash))

  constructor() {
    addEventListener('hashchange', () => (this.#shown = read(location.hash)))
  }

  get shown(): Shown {
    return this.#shown
  }

  /** Shows something else of it. What is typed or stepped through leaves no trail to go back through. */
  set(changes: Partial<Shown>): void {
    this.#shown = { ...this.#shown, ...changes }
    history.replaceState(null, '', `#${written(this.#shown)}`)
  }
}

/** `#territory=<id>&day=<date>&zoom=week`; what is as usual, or not understood, is left out. */
export function read(hash: string): Shown {
  const params = new URLSearchParams(hash.slice(1))
  const one = <Word extends string>(name: string, words: readonly Word[], usual: Word) => words.find(word => word === params.get(name)) ?? usual
  return {
    territory: params.get('territory'),
    day: params.get('day'),
    zoom: one('zoom', ZOOMS, USUAL.zoom),
    q: params.get('q') ?? '',
    only: params.get('only') ?? USUAL.only,
    skill: params.get('skill') ?? '',
    panel: one('panel', PANELS, USUAL.panel),
    map: params.has('map'),
    job: params.get('job'),
  }
}

export function written(shown: Shown): string {
  const unusual = Object.entries(shown).filter(([name, value]) => value && value !== USUAL[name as keyof Shown])
  return new URLSearchParams(unusual.map(([name, value]) => [name, String(value)])).toString()
}
