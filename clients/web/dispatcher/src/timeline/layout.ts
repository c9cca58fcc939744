/** From documents to bars: what stands in a technician's row, and where. Pure; lengths in px of a scale. */
import type { Job, Technician } from '../../../shared/documents.ts'
import { hasEnded } from '../../../shared/jobs/order.ts'
import { driveSeconds } from './drive.ts'
import { xOf, type Scale, type Span } from './scale.ts'

/** lane, lanes: jobs at the same time lie in lanes below one another. isLate: begins after its promised window. */
export type Bar = { job: Job; x: number; width: number; lane: number; lanes: number; isLate: boolean; window: Stripe | null }
export type Stripe = { x: number; width: number }
/** The drive to a job, right before it. isTight: there is less time than it takes. */
export type Leg = Stripe & { jobId: string; seconds: number; isTight: boolean }
export type Row = {
  technician: Technician
  shifts: Stripe[]
  breaks: Stripe[]
  bars: Bar[]
  legs: Leg[]
  /** Work and driving as a share of the shifts' time without breaks; null without a shift. */
  utilisation: number | null
  done: number
}

const MIN_BAR_PX = 6
/** Rounding of starts to full minutes is not a conflict. */
const TOLERANCE_S = 60

export function rowOf(technician: Technician, jobs: readonly Job[], days: ReadonlySet<string>, scale: Scale): Row {
  const shifts = technician.shifts.filter(shift => days.has(shift.day))
  const breaks = shifts.flatMap(one => (one.break_from && one.break_until && one.break_seconds ? [{ from: one.break_from, until: one.break_until }] : []))
  const bars = barsOf(jobs, scale)
  const legs = legsOf(technician, bars.map(bar => bar.job), scale)
  return {
    technician,
    shifts: shifts.map(shift => stripe(scale, shift.starts_at, shift.ends_at)),
    breaks: breaks.map(one => stripe(scale, one.from, one.until)),
    bars,
    legs,
    utilisation: utilisation(shifts, bars, legs),
    done: jobs.filter(hasEnded).length,
  }
}

/** The times between which everything of these rows lies. */
export function spansOf(technicians: readonly Technician[], jobs: readonly Job[], days: ReadonlySet<string>): Span[] {
  const shifts = technicians.flatMap(one => one.shifts.filter(shift => days.has(shift.day)))
  return [
    ...shifts.map(shift => ({ start_ms: Date.parse(shift.starts_at), end_ms: Date.parse(shift.ends_at) })),
    ...jobs.flatMap(job => (job.planned_start && job.planned_end ? [{ start_ms: Date.parse(job.planned_start), end_ms: Date.parse(job.planned_end) }] : [])),
  ]
}

export function stripe(scale: Scale, start: string | number, end: string | number): Stripe {
  const x = xOf(scale, ms(start))
  return { x, width: Math.max(0, xOf(scale, ms(end)) - x) }
}

function barsOf(jobs: readonly Job[], scale: Scale): Bar[] {
  const timed = jobs.filter(job => job.planned_start && job.planned_end)
  const sorted = timed.sort((one, other) => ms(one.planned_start!) - ms(other.planned_start!))
  const ends: number[] = [] // until when each lane is taken
  const placed = sorted.map(job => {
    const start = ms(job.planned_start!)
    const free = ends.findIndex(end => end <= start)
    const lane = free < 0 ? ends.length : free
    ends[lane] = ms(job.planned_end!)
    return { job, lane }
  })
  return placed.map(({ job, lane }) => {
    const { x, width } = stripe(scale, job.planned_start!, job.planned_end!)
    const window = job.window ? stripe(scale, job.window.start, job.window.end) : null
    const isLate = job.window !== null && !hasEnded(job) && ms(job.planned_start!) > ms(job.window.end)
    return { job, x, width: Math.max(MIN_BAR_PX, width), lane, lanes: ends.length, isLate, window }
  })
}

/** From job to job, the first one from home. `jobs` in order of time. */
function legsOf(technician: Technician, jobs: readonly Job[], scale: Scale): Leg[] {
  const home = { latitude: technician.home_latitude, longitude: technician.home_longitude }
  return jobs.map((job, index) => {
    const before = jobs[index - 1]
    const seconds = driveSeconds(before?.premises ?? home, job.premises)
    const start = ms(job.planned_start!)
    const isTight = before !== undefined && !hasEnded(job) && ms(before.planned_end!) + (seconds - TOLERANCE_S) * 1000 > start
    return { jobId: job.id, seconds, isTight, ...stripe(scale, start - seconds * 1000, start) }
  })
}

function utilisation(shifts: Technician['shifts'], bars: readonly Bar[], legs: readonly Leg[]): number | null {
  const present = shifts.reduce((sum, shift) => sum + (ms(shift.ends_at) - ms(shift.starts_at)) / 1000 - shift.break_seconds, 0)
  if (present <= 0) return null
  const working = bars.reduce((sum, { job }) => sum + (ms(job.planned_end!) - ms(job.planned_start!)) / 1000, 0)
  return (working + legs.reduce((sum, leg) => sum + leg.seconds, 0)) / present
}

function ms(instant: string | number): number {
  return typeof instant === 'number' ? instant : Date.parse(instant)
}
