import type { components } from '../../shared/api/schema.js'

type Schemas = components['schemas']

export type Visit = Schemas['VisitPage']
export type Details = Schemas['VisitDetails']
export type Position = Schemas['PositionView']
export type Arrival = Schemas['ArrivalView']
export type Slot = Schemas['OfferedSlot']
export type HeldSlot = Schemas['HeldSlot']
export type Correction = Schemas['Correct']

const PAGE = '/api/v1/tracking'

/** The server said no. `code`: stable, for words; 'offline' when there was no answer at all. */
export class Refused extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, status = 0) {
    super(code)
    this.code = code
    this.status = status
  }
}

/** What the page asks of the server, by a link's token. Every call throws Refused. */
export class Server {
  /** What every request carries. */
  readonly authorization: string

  constructor(token: string) {
    this.authorization = `Bearer ${token}`
  }

  see = (): Promise<Visit> => this.#ask('GET', '')
  prove = (answer: string): Promise<Schemas['ProvedLink']> => this.#ask('POST', '/proof', { answer })
  slots = async (from: string, days: number): Promise<Slot[]> =>
    (await this.#ask<Schemas['OfferedSlots']>('GET', `/slots?days=${days}${from && `&from=${from}`}`)).slots
  hold = ({ window }: Slot): Promise<HeldSlot> => this.#ask('POST', '/holds', { window_start: window.start, window_end: window.end })
  confirm = (hold: HeldSlot): Promise<Visit> => this.#ask('POST', `/holds/${hold.id}/confirmation`)
  cancel = (): Promise<Visit> => this.#ask('DELETE', '/appointment')
  correct = (change: Correction): Promise<Visit> => this.#ask('PATCH', '/contact', change)
  pushKey = (): Promise<Schemas['PushKeyView']> => this.#send('GET', '/api/v1/push-key').then(answer => answer.json())
  notify = (address: Schemas['Subscribe']): Promise<Visit> => this.#ask('PUT', '/push-subscription', address)
  notifyNoMore = (): Promise<Visit> => this.#ask('DELETE', '/push-subscription')
  rate = (stars: number, comment: string): Promise<Visit> => this.#ask('POST', '/rating', { stars, comment: comment || null })
  subscribe = (): Promise<Schemas['FeedAddress']> => this.#send('POST', '/api/v1/calendar-feeds').then(answer => answer.json())
  calendar = async (): Promise<Blob> => (await this.#send('GET', `${PAGE}/calendar`)).blob()

  async #ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    return (await this.#send(method, PAGE + path, body)).json() as Promise<Answer>
  }

  async #send(method: string, path: string, body?: unknown): Promise<Response> {
    const headers: Record<string, string> = { authorization: this.authorization }
    if (body !== undefined) headers['content-type'] = 'application/json'
    // A request that a weak line repeats must not be done twice.
    if (method === 'POST') headers['idempotency-key'] = crypto.randomUUID()
    const answer = await fetch(path, { method, headers, cache: 'no-store', ...(body === undefined ? {} : { body: JSON.stringify(body) }) }).catch(() => null)
    if (!answer) throw new Refused('offline')
    if (answer.ok) return answer
    const problem = (await answer.json().catch(() => ({}))) as { code?: string }
    throw new Refused(problem.code ?? 'busy', answer.status)
  }
}
