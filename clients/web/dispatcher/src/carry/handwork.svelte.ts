import { taken, type Api } from '../../../shared/api/client.ts'
import type { components } from '../../../shared/api/schema.js'
import type { Job } from '../../../shared/documents.ts'
import { Refused } from '../../../shared/sync/protocol.ts'
import { BOARD, CARRY, DRAFT, HISTORY } from '../../../shared/texts/en.ts'
import { sentence } from '../../../shared/texts/reasons.ts'
import { clock } from '../../../shared/time.ts'
import type { Board, Place } from '../board/board.svelte.ts'
import type { Target } from './carry.svelte.ts'
import { Draft } from './draft.svelte.ts'
import { byItsEnd } from './duration.ts'
import { nextRedo, nextUndo, type Step } from './history.ts'
import { stepsTo } from './latest.ts'
import { seenOf } from './tried.ts'

type Lock = components['schemas']['JobLock']
type Move = { job: Job; target: Target }
export type Told = { tone: 'good' | 'bad'; words: string }

/** A job is shown where it was put until the replica hears of it, or for so long if it never does. */
const HEARD_WITHIN_MS = 4_000

/** What a dispatcher does by hand: each step is shown at once, sent, told, and can be taken back. */
export class Handwork {
  isBusy = $state(false)
  told = $state.raw<Told | null>(null)
  readonly draft: Draft
  readonly #board: Board
  #last: Promise<void> = Promise.resolve()
  /** What was undone since the last new step, in order. */
  #undone: string[] = []

  constructor(board: Board) {
    this.#board = board
    this.draft = new Draft(board)
  }

  put(job: Job, target: Target): Promise<void> {
    if (this.draft.isOn) {
      this.draft.add(job, target)
      return Promise.resolve()
    }
    if (target === 'backlog') return this.unassign(job)
    return target.duration_s === undefined ? this.#assign(job, { ...target, crew: target.crew ?? this.#board.crewAt(job, target.technicianId) }) : this.resize(job, target.duration_s)
  }

  /** Says how long a job takes; when it begins stays. */
  resize(job: Job, duration_seconds: number): Promise<void> {
    const place = byItsEnd({ ...job, duration_seconds })
    const words = CARRY.resized(job.number, duration_seconds)
    const action = () => taken(this.#api.PUT('/api/v1/jobs/{job_id}/duration', { params: { path: { job_id: job.id } }, body: { duration_seconds, seen: seenOf(job) } }))
    return place ? this.#shown(job, place, words, action) : this.#step(words, action)
  }

  /** Leaves so many seconds of the work, and these parts, to a second visit. */
  split(job: Job, duration_seconds: number, parts: Record<string, number>): Promise<void> {
    const body = { duration_seconds, parts, seen: seenOf(job) }
    return this.#step(CARRY.split(job.number), () => taken(this.#api.POST('/api/v1/jobs/{job_id}/second-visit', { params: { path: { job_id: job.id } }, body })))
  }

  unassign(job: Job): Promise<void> {
    if (!job.technician_id) return Promise.resolve()
    return this.#shown(job, null, `${job.number}: ${CARRY.toBacklog}`, () => taken(this.#api.DELETE('/api/v1/jobs/{job_id}/assignment', { params: { path: { job_id: job.id } } })))
  }

  /** Locks technician and time, or takes every lock away. */
  lock(job: Job, lock: Lock): Promise<void> {
    return this.#step(undefined, () => taken(this.#api.PUT('/api/v1/jobs/{job_id}/lock', { params: { path: { job_id: job.id } }, body: { lock } })))
  }

  cancel(job: Job, reason: string): Promise<void> {
    return this.act(async () => {
      await taken(this.#api.POST('/api/v1/jobs/{job_id}/cancellation', { params: { path: { job_id: job.id } }, body: { reason } }))
      this.#board.show(null)
    })
  }

  send(territoryIds: readonly string[], day: string): Promise<void> {
    return this.act(async () => {
      const path = '/api/v1/territories/{territory_id}/days/{day}/dispatch'
      const sent = await Promise.all(territoryIds.map(territory_id => taken(this.#api.POST(path, { params: { path: { territory_id, day } } }))))
      const count = sent.reduce((sum, one) => sum + one.job_ids.length, 0)
      return count ? BOARD.sent(count) : BOARD.nothingToSend
    })
  }

  /** Does what was tried, one move after the other; what is refused is told, and the others are done. */
  async takeOver(): Promise<void> {
    let left: Move[][] = this.draft.end().map(({ job, target }) => (target === 'backlog' ? [{ job, target }] : stepsTo(job, target)))
    let refused: string[] = []
    let done = 1
    // A place may be free only after a later move: what was refused is tried again for as long as others are done meanwhile.
    while (left.length && done) {
      done = 0
      refused = []
      for (const steps of left) done += await this.#make(steps, refused)
      left = left.filter(steps => steps.length)
    }
    if (refused.length) this.tell('bad', refused.join(' '))
  }

  /** Does a job's steps until one is refused, as what follows is meant for the job at its new place. How many were done. */
  async #make(steps: Move[], refused: string[]): Promise<number> {
    let done = 0
    for (; steps.length; done++) {
      const { job, target } = steps[0]!
      this.told = null
      await this.put(job, target)
      const words = this.#refused
      if (words) {
        refused.push(`${job.number}: ${words}`)
        break
      }
      steps.shift()
    }
    return done
  }

  undo(): Promise<void> {
    if (this.draft.isOn) {
      if (!this.draft.undo()) this.tell('good', HISTORY.nothing)
      return Promise.resolve()
    }
    return this.act(async () => {
      const step = nextUndo(await this.#steps())
      if (!step) return HISTORY.nothing
      await taken(this.#api.POST('/api/v1/manual-steps/{step_id}/undo', { params: { path: { step_id: step.id } } }))
      this.#undone.push(step.id)
      return HISTORY.undone(this.#words(step))
    })
  }

  redo(): Promise<void> {
    return this.act(async () => {
      const step = nextRedo(await this.#steps(), this.#undone)
      if (!step) return HISTORY.nothingAgain
      await taken(this.#api.POST('/api/v1/manual-steps/{step_id}/redo', { params: { path: { step_id: step.id } } }))
      this.#undone.pop()
      return HISTORY.redone(this.#words(step))
    })
  }

  /** Does one thing that changes something, after those before it, and says how it went: what is undone has to be done first. */
  act(action: () => Promise<string | void>): Promise<void> {
    if (this.draft.isOn) {
      this.tell('bad', DRAFT.first)
      return Promise.resolve()
    }
    this.#last = this.#last.then(() => this.#do(action))
    return this.#last
  }

  /** Does what only asks, and may take its time: work by hand goes on meanwhile. */
  async ask(action: () => Promise<string | void>): Promise<void> {
    this.told = null
    try {
      const words = await action()
      if (words) this.tell('good', words)
    } catch (error) {
      this.tell('bad', this.#refusal(error))
    }
  }

  tell(tone: Told['tone'], words: string): void {
    this.told = { tone, words }
  }

  async #do(action: () => Promise<string | void>): Promise<void> {
    this.isBusy = true
    await this.ask(action)
    this.isBusy = false
  }

  #assign(job: Job, place: Place): Promise<void> {
    const start = new Date(place.start_ms).toISOString()
    const [technician_id, ...helper_ids] = place.crew ?? this.#board.crewAt(job, place.technicianId)
    const body = { technician_id: technician_id!, helper_ids, start, seen: seenOf(job) }
    return this.#shown(job, place, CARRY.dropped(job.number, this.#name(place)), () =>
      taken(this.#api.POST('/api/v1/jobs/{job_id}/assignment', { params: { path: { job_id: job.id } }, body })),
    )
  }

  /** One new step, after which nothing can be done again that was undone before. */
  #step(words: string | undefined, action: () => Promise<unknown>): Promise<void> {
    return this.act(async () => {
      this.#undone = []
      await action()
      return words
    })
  }

  /** Shows a job at its new place at once; back where it was if the server refuses. */
  #shown(job: Job, place: Place | null, words: string, action: () => Promise<unknown>): Promise<void> {
    const heard = this.#board.put(job.id, place)
    return this.#step(words, async () => {
      try {
        await action()
      } catch (error) {
        heard()
        throw error
      }
      setTimeout(heard, HEARD_WITHIN_MS)
    })
  }

  async #steps(): Promise<Step[]> {
    return (await taken(this.#api.GET('/api/v1/manual-steps'))).items
  }

  /** Why the last step was refused. */
  get #refused(): string | null {
    return this.told?.tone === 'bad' ? this.told.words : null
  }

  #words(step: Step): string {
    return `${HISTORY.steps[step.kind] ?? step.kind} ${this.#board.job(step.job_id)?.number ?? ''}`
  }

  #name(place: Place): string {
    return CARRY.target(this.#board.namesOf(place.crew ?? [place.technicianId]), clock(place.start_ms, this.#board.zone))
  }

  #refusal(error: unknown): string {
    if (!(error instanceof Refused)) return sentence(null)
    const { code, params } = error.refusal as { code: string; params?: { by?: string | null } }
    return code === 'planned_meanwhile' ? CARRY.meanwhile(params?.by ?? CARRY.somebody) : sentence(code)
  }

  get #api(): Api {
    return this.#board.office.api
  }
}
