import type { Job, Technician } from '../../../shared/documents.ts'
import { crewAt, crewOf } from '../../../shared/jobs/crew.ts'
import { byRoute, dayOf, hasEnded } from '../../../shared/jobs/order.ts'
import { addDays, localDay } from '../../../shared/time.ts'
import { instantOf } from '../../../shared/zones.ts'
import type { Office, Territory } from '../office.svelte.ts'
import { rowOf, spansOf, type Row } from '../timeline/layout.ts'
import { scaleFor, type Scale } from '../timeline/scale.ts'
import { isActive, matches, means } from './filter.ts'
import { isUnmoved } from './unmoved.ts'
import type { View } from './view.svelte.ts'

/** Where a job is to be: given to somebody at a time. crew: everybody who does it then, the lead first; duration_s: and to take so long. */
export type Place = { technicianId: string; start_ms: number; crew?: readonly string[]; duration_s?: number }
/** seen: the job as it was when it was put there. isTried: it is only tried there, until it is heard to be elsewhere; else any news of it holds. */
type Put = { place: Place | null; seen: Job | undefined; isTried: boolean }

const WEEK_DAYS = 7
/** What a day shows on which nobody works. */
const USUAL_HOURS = [7, 17] as const

/** What the board shows of what the office holds: one day or week of the territories that were chosen. */
export class Board {
  readonly office: Office
  readonly view: View
  /** Width of the timeline's own space on the screen. */
  width_px = $state(900)
  /** Jobs that are chosen together; the one that is open is not among them unless it was chosen. */
  chosen = $state.raw<ReadonlySet<string>>(new Set())
  /** Where jobs were put by hand and the server has not said so yet: they are shown there at once. */
  #put = $state.raw<ReadonlyMap<string, Put>>(new Map())
  /** Who comes along to jobs that take more people and that nobody has yet, by job. */
  companions = $state.raw<ReadonlyMap<string, readonly string[]>>(new Map())

  constructor(office: Office, view: View) {
    this.office = office
    this.view = view
  }

  /** Null for all of them. */
  readonly territory: Territory | null = $derived.by(() => this.office.territories.find(one => one.id === this.view.shown.territory) ?? null)
  readonly zone = $derived.by(() => (this.territory ?? this.office.territories[0])?.zone ?? 'UTC')
  readonly day = $derived.by(() => this.view.shown.day ?? this.#firstDay())
  readonly isToday = $derived.by(() => this.day === localDay(Date.now(), this.zone))
  readonly days: ReadonlySet<string> = $derived.by(() => {
    const count = this.view.shown.zoom === 'week' ? WEEK_DAYS : 1
    return new Set(Array.from({ length: count }, (_, index) => addDays(this.day, index)))
  })

  readonly #here: Job[] = $derived.by(() =>
    this.office.live.all('job').filter(job => job.state !== 'cancelled' && this.#isHere(job.territory_id)).map(job => this.#placed(job)),
  )
  /** Everything of the days shown, in order of time. */
  readonly jobs: Job[] = $derived.by(() => this.#here.filter(job => this.#isShown(dayOf(job, this.zone))).sort(byRoute))
  readonly planned: Job[] = $derived.by(() => this.jobs.filter(job => job.technician_id))
  readonly #people: ReadonlyMap<string, Technician> = $derived.by(() => new Map(this.office.live.all('technician').map(one => [one.id, one])))
  readonly #jobsOf: ReadonlyMap<string, Job[]> = $derived.by(() => {
    const found = new Map<string, Job[]>()
    for (const job of this.planned) for (const member of crewOf(job)) found.set(member, [...(found.get(member) ?? []), job])
    return found
  })

  /** Whoever works here, and whoever has a job here. */
  readonly technicians: Technician[] = $derived.by(() => {
    const filter = this.view.shown
    const present = [...this.#people.values()].filter(one => this.#isHere(one.territory_id) || this.#jobsOf.has(one.id))
    const meant = isActive(filter) ? present.filter(one => means(one, filter) || this.jobsOf(one.id).some(job => this.isMeant(job))) : present
    return meant.sort((one, other) => this.#order(one) - this.#order(other) || one.number - other.number)
  })

  /** Nobody's jobs of these days and of no day, as far as the search means them. */
  readonly backlog: Job[] = $derived.by(() => {
    const open = this.#here.filter(job => !job.technician_id && !hasEnded(job))
    const here = open.filter(job => dayOf(job, this.zone) === null || this.#isShown(dayOf(job, this.zone)))
    return here.filter(job => this.isMeant(job)).sort(byRoute)
  })

  readonly scale: Scale = $derived.by(() => {
    const spans = spansOf(this.technicians, this.planned, this.days)
    const usual = () => [...this.days].map(day => ({ start_ms: instantOf(day, USUAL_HOURS[0], this.zone), end_ms: instantOf(day, USUAL_HOURS[1], this.zone) }))
    const isRostered = this.technicians.some(one => one.shifts.some(shift => this.days.has(shift.day)))
    return scaleFor(isRostered ? spans : [...spans, ...usual()], this.width_px, this.view.shown.zoom === 'hours')
  })

  readonly rows: Row[] = $derived.by(() => this.technicians.map(one => rowOf(one, this.jobsOf(one.id), this.days, this.scale)))
  readonly isFiltered = $derived.by(() => isActive(this.view.shown))
  readonly open: Job | undefined = $derived.by(() => this.job(this.view.shown.job))

  job(id: string | null): Job | undefined {
    const job = id ? this.office.live.one('job', id) : undefined
    return job && this.#placed(job)
  }

  technician(id: string | null): Technician | undefined {
    return id ? this.#people.get(id) : undefined
  }

  jobsOf(technicianId: string): Job[] {
    return this.#jobsOf.get(technicianId) ?? []
  }

  isMeant(job: Job): boolean {
    const crew = job.technician_id ? crewOf(job) : [null]
    return crew.some(member => matches(job, this.technician(member), this.view.shown))
  }

  /** The names of everybody who has a job, the lead's first. */
  namesOf(crew: readonly string[]): string {
    return crew.map(member => this.technician(member)?.name ?? '–').join(' + ')
  }

  /** Who does a job that is put into a technician's day. takenFrom: whose bar was moved, where one was. */
  crewAt(job: Job, technicianId: string, takenFrom: string | null = null): string[] {
    return crewAt(job, technicianId, takenFrom, this.companions.get(job.id) ?? [])
  }

  /** Opens one job beside the timeline; null closes it. */
  show(jobId: string | null): void {
    this.chosen = new Set()
    this.view.set({ job: jobId })
  }

  /** Adds a job to those that are chosen together, or takes it out. */
  choose(jobId: string): void {
    const chosen = new Set(this.chosen.size ? this.chosen : [this.view.shown.job].filter(id => id !== null))
    if (!chosen.delete(jobId)) chosen.add(jobId)
    this.chosen = chosen
  }

  /** Shows a job at a place until the server has said where it is: call the result when it has. */
  put(jobId: string, place: Place | null, isTried = false): () => void {
    this.#put = new Map(this.#put).set(jobId, { place, seen: this.office.live.one('job', jobId), isTried })
    return () => {
      const left = new Map(this.#put)
      left.delete(jobId)
      this.#put = left
    }
  }

  #placed(job: Job): Job {
    const put = this.#put.get(job.id)
    if (!put?.seen || (put.seen !== job && !(put.isTried && isUnmoved(put.seen, job)))) return job
    const { place } = put
    if (place === null) return { ...job, technician_id: null, crew: [], planned_start: null, planned_end: null, assignment: 'unassigned' }
    const duration_seconds = place.duration_s ?? job.duration_seconds
    const planned_end = new Date(place.start_ms + duration_seconds * 1000).toISOString()
    const people = place.crew ?? [place.technicianId]
    const parts = people.map((id, index) => ({ technician_id: id, name: this.technician(id)?.name ?? '–', leads: index === 0, acknowledged: false }))
    const crew = people.length > 1 ? parts : []
    return { ...job, duration_seconds, technician_id: people[0]!, crew, planned_start: new Date(place.start_ms).toISOString(), planned_end }
  }

  #isHere(territoryId: string): boolean {
    return !this.territory || this.territory.id === territoryId
  }

  #isShown(day: string | null): boolean {
    return day !== null && this.days.has(day)
  }

  #order(one: Technician): number {
    return this.office.territories.findIndex(territory => territory.id === one.territory_id)
  }

  /** The first day from today on that has work: in the evening that is tomorrow. */
  #firstDay(): string {
    const today = localDay(Date.now(), this.zone)
    const days = this.#here.map(job => dayOf(job, this.zone)).filter(one => one !== null && one >= today)
    return days.sort()[0] ?? today
  }
}
