import { taken, type Api } from '../../../shared/api/client.ts'
import type { components } from '../../../shared/api/schema.js'
import { addDays } from '../../../shared/time.ts'
import type { Address } from '../pages/pages.svelte.ts'
import { whyOf } from '../pages/why.ts'

type Schemas = components['schemas']
export type Report = Schemas['ReportView']
export type Table = Schemas['ReportTable']
export type By = Schemas['By']

const USUAL_DAYS = 28
const USUAL_WITHIN = 30
/** Digits of a year are typed one by one: what is asked meanwhile is asked for nothing. */
const QUIET_MS = 250

/** What the address asks for, filled up with what is usual. */
export type Wanted = { report: Report; by: By; first_day: string; last_day: string; territory_id?: string; technician_id?: string; work?: string; within_days: number }

export function wanted(address: Address, reports: readonly Report[], today: string): Wanted | null {
  const report = reports.find(one => one.name === address.get('report')) ?? reports[0]
  if (!report) return null
  const filter = (by: By, name: string) => (report.filters.includes(by) ? address.get(name) : '')
  const given = { territory_id: filter('territory', 'territory'), technician_id: filter('technician', 'technician'), work: filter('work', 'work') }
  return {
    report,
    by: report.by.find(one => one === address.get('by')) ?? report.by[0]!,
    first_day: address.get('first') || addDays(today, 1 - USUAL_DAYS),
    last_day: address.get('last') || today,
    within_days: Number(address.get('within')) || USUAL_WITHIN,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)),
  }
}

/** The address of the same table as a file. */
export function fileOf({ report, ...query }: Wanted): string {
  const params = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
  return `/api/v1/reports/${report.name}/table.csv?${params}`
}

/** The reports of this desk, and the table that was asked for last. */
export class Reports {
  all = $state.raw<Report[] | null>(null)
  table = $state.raw<Table | null>(null)
  trouble = $state('')
  readonly #api: Api
  #asked: Wanted | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(api: Api) {
    this.#api = api
  }

  async open(): Promise<void> {
    await this.#attempt(async () => void (this.all = await taken(this.#api.GET('/api/v1/reports'))))
  }

  ask(asked: Wanted): void {
    clearTimeout(this.#timer)
    this.#asked = asked
    this.#timer = setTimeout(() => void this.#fetch(asked), QUIET_MS)
  }

  async #fetch(asked: Wanted): Promise<void> {
    const { report, ...query } = asked
    const params = { path: { report: report.name }, query }
    await this.#attempt(async () => {
      const table = await taken(this.#api.GET('/api/v1/reports/{report}', { params }))
      if (this.#asked === asked) this.table = table // an answer that was overtaken is none
    })
  }

  async #attempt(action: () => Promise<void>): Promise<void> {
    this.trouble = ''
    try {
      await action()
    } catch (error) {
      this.table = null
      this.trouble = whyOf(error)
    }
  }
}
