import { taken, type Api } from '../../../shared/api/client.ts'
import type { components } from '../../../shared/api/schema.js'
import type { Job } from '../../../shared/documents.ts'
import type { Handwork } from '../carry/handwork.svelte.ts'

type Schemas = components['schemas']
export type Slot = Schemas['SlotView']
export type Booking = Schemas['BookingView']

const SHOWN_DAYS = 5

/** The booking of one job: what is promised and held, and which windows there are. Every step is told like work by hand. */
export class JobBooking {
  now = $state.raw<Booking | null>(null)
  slots = $state.raw<Slot[] | null>(null)
  quota = $state.raw<Schemas['QuotaView'] | null>(null)
  readonly #api: Api
  readonly #handwork: Handwork
  readonly #job: Job

  constructor(api: Api, handwork: Handwork, job: Job) {
    this.#api = api
    this.#handwork = handwork
    this.#job = job
  }

  readonly byDay: ReadonlyMap<string, Slot[]> = $derived.by(() => Map.groupBy(this.slots ?? [], slot => slot.day))

  /** Throws Refused, Offline. */
  async look(day: string): Promise<void> {
    this.now = await taken(this.#api.GET('/api/v1/jobs/{job_id}/booking', { params: { path: { job_id: this.#job.id } } }))
    const params = { path: { territory_id: this.#job.territory_id }, query: { day } }
    const quotas = (await taken(this.#api.GET('/api/v1/territories/{territory_id}/booking-quotas', { params }))).items
    this.quota = quotas.find(one => one.work === this.#job.work.code) ?? null
  }

  /** Which windows can be promised, from a local day on. */
  find(from: string): Promise<void> {
    return this.#act(async () => {
      const params = { path: { job_id: this.#job.id }, query: { from, days: SHOWN_DAYS } }
      this.slots = (await taken(this.#api.GET('/api/v1/jobs/{job_id}/slots', { params }))).slots
    })
  }

  hold({ window, day }: Slot): Promise<void> {
    return this.#act(async () => {
      const body = { window_start: window.start, window_end: window.end }
      await taken(this.#api.POST('/api/v1/jobs/{job_id}/holds', { params: { path: { job_id: this.#job.id } }, body }))
      this.slots = null
      await this.look(day)
    })
  }

  release(day: string): Promise<void> {
    return this.#act(async () => {
      if (this.now?.hold) await taken(this.#api.DELETE('/api/v1/holds/{hold_id}', { params: { path: { hold_id: this.now.hold.id } } }))
      await this.look(day)
    })
  }

  confirm(day: string, words: string): Promise<void> {
    return this.#act(async () => {
      if (this.now?.hold) await taken(this.#api.POST('/api/v1/holds/{hold_id}/confirmation', { params: { path: { hold_id: this.now.hold.id } } }))
      await this.look(day)
      return words
    })
  }

  cancel(day: string, reason: string, words: string): Promise<void> {
    return this.#act(async () => {
      const id = this.now?.appointment?.id
      if (id) await taken(this.#api.POST('/api/v1/appointments/{appointment_id}/cancellation', { params: { path: { appointment_id: id } }, body: { reason } }))
      await this.look(day)
      return words
    })
  }

  #act(action: () => Promise<string | void>): Promise<void> {
    return this.#handwork.act(action)
  }
}
