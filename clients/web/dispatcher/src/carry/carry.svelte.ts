import { taken, type Api } from '../../../shared/api/client.ts'
import type { components, paths } from '../../../shared/api/schema.js'
import type { Job } from '../../../shared/documents.ts'
import type { Board, Place } from '../board/board.svelte.ts'
import { snapped } from '../timeline/scale.ts'
import { clamped } from './duration.ts'
import { dropOf, type TriedMove } from './tried.ts'

type Schemas = components['schemas']
export type Drop = paths['/api/v1/jobs/{job_id}/drop-preview']['post']['responses'][200]['content']['application/json']
export type Verdict = Schemas['ObstacleView']
/** 'backlog': to be given to nobody. */
export type Target = Place | 'backlog'

/** A hand that moves on is not asked about; one that rests for so long is. */
const REST_MS = 90

/**
 * A job in the hand, taken up by pointer or by keys: where it would go, and what the server says of that.
 *
 * Two answers are shown. At once, for every technician: could this job go there at all that day, and what would the cheapest
 * gap cost. And for the target, as soon as the hand rests: which rules a drop would break, and what it would cost.
 */
export class Carry {
  job = $state.raw<Job | null>(null)
  target = $state.raw<Target | null>(null)
  drop = $state.raw<Drop | null>(null)
  isAsking = $state(false)
  verdicts = $state.raw<ReadonlyMap<string, Verdict>>(new Map())
  readonly #board: Board
  readonly #tried: () => TriedMove[]
  /** Whose bar was taken up; of a crew's job it is their place that changes. */
  #takenFrom: string | null = null
  #answers = new Map<string, Drop>()
  #rest: ReturnType<typeof setTimeout> | undefined

  /** tried: moves that are tried out, after which this one would be made. */
  constructor(board: Board, tried: () => TriedMove[]) {
    this.#board = board
    this.#tried = tried
  }

  /** Whether a job can be moved by hand at all. */
  static can(job: Job): boolean {
    return job.state === 'pending'
  }

  /** takenFrom: whose bar was taken up, where that is not whose day it is held over first. */
  pick(job: Job, target: Target | null, takenFrom: string | null = technicianOf(target)): void {
    this.leave()
    this.job = job
    this.#takenFrom = takenFrom
    this.aim(target)
    void this.#askEverybody(job)
  }

  /** isExact: not to be brought to a full step, since a gap that the server names may be no wider than the job. */
  aim(target: Target | null, isExact = false): void {
    const next = isExact ? target : aimed(target)
    if (keyOf(next) === keyOf(this.target)) return
    this.target = next
    clearTimeout(this.#rest)
    this.drop = this.#answers.get(keyOf(next)) ?? null
    this.isAsking = Boolean(next && next !== 'backlog' && !this.drop)
    if (this.isAsking) this.#rest = setTimeout(() => void this.#ask(this.job!, next as Place), REST_MS)
  }

  /** Asks anew when it is another day: something that was tried out was taken back meanwhile. */
  askAgain(): void {
    const { job, target } = this
    if (!job) return
    this.#answers = new Map()
    this.target = null
    this.aim(target, true)
    void this.#askEverybody(job)
  }

  /** Whether the job is held by its end, to be made longer or shorter. */
  get isByEnd(): boolean {
    return this.target !== null && this.target !== 'backlog' && this.target.duration_s !== undefined
  }

  /** Opens the hand; what was in it, and where it was to go. */
  release(): { job: Job; target: Target } | null {
    const held = this.job && this.target ? { job: this.job, target: this.#withCrew(this.job, this.target) } : null
    this.leave()
    return held
  }

  leave(): void {
    clearTimeout(this.#rest)
    this.#answers = new Map()
    this.job = this.target = this.drop = null
    this.verdicts = new Map()
    this.isAsking = false
  }

  /** Where a job that nobody has is held first: over the gap that costs least; where there is none, over anybody's day. */
  get suggestion(): Place | null {
    if (!this.job || !this.verdicts.size) return null
    const possible = [...this.verdicts.values()].filter(one => one.reason === null && one.start)
    const [best] = possible.sort((one, other) => (one.cost_delta_seconds ?? 0) - (other.cost_delta_seconds ?? 0))
    if (best) return { technicianId: best.technician_id, start_ms: Date.parse(best.start!) }
    const anybody = this.#board.rows.find(row => this.verdicts.has(row.technician.id))
    return anybody ? { technicianId: anybody.technician.id, start_ms: this.job.window ? Date.parse(this.job.window.start) : this.#board.scale.from_ms } : null
  }

  async #ask(job: Job, place: Place): Promise<void> {
    const crew = this.#board.crewAt(job, place.technicianId, this.#takenFrom)
    const answers = this.#answers
    const drop = await askDrop(this.#api, job.id, { ...place, crew }, this.#tried()).catch(() => null)
    if (this.job !== job || this.#answers !== answers) return
    if (drop) this.#answers.set(keyOf(place), drop)
    if (keyOf(this.target) !== keyOf(place)) return
    this.drop = drop
    this.isAsking = false
  }

  #withCrew(job: Job, target: Target): Target {
    return target === 'backlog' ? target : { ...target, crew: this.#board.crewAt(job, target.technicianId, this.#takenFrom) }
  }

  async #askEverybody(job: Job): Promise<void> {
    const answer = await askObstacles(this.#api, job.id, this.#board.day, this.#tried()).catch(() => null)
    if (answer && this.job === job) this.verdicts = new Map(answer.technicians.map(one => [one.technician_id, one]))
  }

  get #api(): Api {
    return this.#board.office.api
  }
}

/** Why nobody has the job that day, or who could and for how much, after moves that are tried out. Throws Refused, Offline. */
export function askObstacles(api: Api, job_id: string, day: string, tried: TriedMove[]): Promise<Schemas['ObstaclesView']> {
  return taken(api.POST('/api/v1/jobs/{job_id}/obstacles', { params: { path: { job_id } }, body: { day, tried } }))
}

/** What a drop there would break after moves that are tried out, and what it would cost. Throws Refused, Offline. */
export function askDrop(api: Api, job_id: string, place: Place, tried: TriedMove[]): Promise<Drop> {
  return taken(api.POST('/api/v1/jobs/{job_id}/drop-preview', { params: { path: { job_id } }, body: { ...dropOf(place), tried } }))
}

/** Into whose day a job is to go. */
export function technicianOf(target: Target | null): string | null {
  return target && target !== 'backlog' ? target.technicianId : null
}

/** A target on full steps; who changes how long a job takes leaves its start as it is. */
function aimed(target: Target | null): Target | null {
  if (!target || target === 'backlog') return target
  if (target.duration_s !== undefined) return { ...target, duration_s: clamped(target.duration_s) }
  return { ...target, start_ms: snapped(target.start_ms) }
}

function keyOf(target: Target | null): string {
  return target && target !== 'backlog' ? `${target.technicianId} ${target.start_ms} ${target.duration_s ?? ''}` : String(target)
}
