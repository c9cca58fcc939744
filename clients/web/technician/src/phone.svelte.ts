import { perform, type Deed, type Manner } from '../../shared/actions.ts'
import type { Job } from '../../shared/documents.ts'
import { sendFiles } from '../../shared/flusher/files.ts'
import { Flusher } from '../../shared/flusher/flusher.ts'
import type { Status } from '../../shared/flusher/status.ts'
import { changesSince, seenJobs, type Removals, type SeenJobs } from '../../shared/jobs/changes.ts'
import { leadOver } from '../../shared/jobs/crew.ts'
import { histories, type Histories } from '../../shared/jobs/history.ts'
import { hasEnded } from '../../shared/jobs/order.ts'
import type { Step } from '../../shared/jobs/next.ts'
import { entryOf, timerAfter, type Activity, type Ending, type Timer } from '../../shared/jobs/timer.ts'
import { Live } from '../../shared/live.svelte.ts'
import { dataKey, DeviceSession, enrol, enrolled, forget, givePin, keptStores, noteStore, pinTries, type Tokens } from '../../shared/session/device.ts'
import { isLeased } from '../../shared/session/lease.ts'
import { DurableStore } from '../../shared/store/durable.ts'
import { storageFailure, type StorageFailure } from '../../shared/store/failures.ts'
import type { FileCounts, HeldFile } from '../../shared/store/store.ts'
import { acknowledge, adopt, held, release, takeBack, type Entry } from '../../shared/sync/outbox.ts'
import type { JsonObject, Remove } from '../../shared/sync/protocol.ts'
import { newUid } from '../../shared/sync/uid.ts'
import { siteZone } from '../../shared/time.ts'
import { tellPosition } from './position.ts'
import { renewPush, stopPush } from './settings/push.ts'
import { unitsOf } from './van/stock.ts'

const LOOK_AT_CLOCK_MS = 10_000

/** What this phone remembers for itself, never sent as such. Each is optional: a new phone remembers nothing. */
export type Notes = {
  timer?: Timer
  timerBefore?: Timer
  /** When the next sign of life is due from a technician who works alone. */
  safety?: { job: string; every_ms: number; due_ms: number }
  /** Keys of contests about which the technician has said what counts. */
  decided?: string[]
  /** The jobs as they were when the technician last said so. */
  seenJobs?: SeenJobs
  /** Why jobs left since then. */
  removals?: Removals
  /** What happened before at the places of the jobs, by job. */
  histories?: Histories
  /** The technician lets customers see roughly where they are, while on the way to them. */
  tellsPosition?: boolean
}

export type Failure = StorageFailure | 'revoked'

/** States of units that may be put in. */
const USABLE: ReadonlySet<string> = new Set(['available', 'reserved'])

/** This phone: who it is, what it holds, and the one way to record work. */
export class Phone {
  tokens = $state.raw<Tokens>()
  isReady = $state(false)
  /** What stands above everything else: nothing can be kept, or the office ended this phone. */
  failure = $state<Failure | null>(null)
  /** How many tries are left to give this phone's PIN; null when nobody asks for it. */
  pinTries = $state<number | null>(null)
  notes = $state.raw<Notes>({})
  areNotesRead = $state(false)
  files = $state.raw<FileCounts>({ waiting: 0, sent: 0, refused: 0 })
  readonly live = new Live()
  readonly jobs = $derived(this.live.all('job'))
  readonly changes = $derived(changesSince(this.notes.seenJobs, this.jobs, this.notes.removals))
  /** The technician's own, undefined for who has none. */
  readonly van = $derived(this.live.all('van').at(0))
  readonly units = $derived(unitsOf(this.live.all('serial_unit'), this.van))
  /** By which a serial number is recognised. */
  readonly grammars = $derived(this.live.all('serial_grammars').flatMap(told => told.grammars))
  readonly usable = $derived(this.units.filter(unit => USABLE.has(unit.state)))
  readonly zone = $derived(siteZone(this.jobs.map(job => job.window)))
  now_ms = $state(Date.now())
  /** The job of whose way its customer may see something; undefined while the office does not know that it has begun. */
  readonly shownWay = $derived(this.notes.tellsPosition && !this.live.savedCount && !this.live.sendingCount ? this.#drivenTo()?.id : undefined)
  /** Nothing is shown on a phone that has not heard from the office for longer than its lease. It goes on sending. */
  readonly isLocked = $derived(!isLeased(this.live.status.contact_ms, this.tokens?.lease_seconds, this.now_ms))
  #isAsking = false
  #store: DurableStore | undefined
  #running: AbortController | undefined
  #flusher: Flusher | undefined

  /** Goes on as whoever this phone was enrolled for. */
  async open(): Promise<void> {
    await this.#safely(async () => {
      const tokens = await enrolled()
      if (tokens) await this.#start(tokens)
      else this.pinTries = await pinTries()
    })
    this.isReady = true
  }

  /** Asks for the PIN again, if there is one. What is under way goes on: only the screen is locked. */
  async lock(): Promise<void> {
    this.pinTries = await pinTries()
  }

  /** Whether this is the PIN; then the phone is open. After too many wrong ones it has to be enrolled again. */
  async unlock(pin: string): Promise<boolean> {
    if (await givePin(pin)) {
      this.pinTries = null
      if (!this.tokens) await this.open()
      return true
    }
    this.pinTries = await pinTries()
    if (this.pinTries === null) await this.leave()
    return false
  }

  /** Throws Refused, Offline. */
  async enrol(code: string): Promise<void> {
    const tokens = await enrol(code, phoneName())
    await this.#safely(() => this.#start(tokens))
    // Without it the browser may throw the outbox away when the disk is full. It may say no, and it need not be asked twice.
    void navigator.storage?.persist?.()
  }

  /** Leaves this phone's identity; the outbox stays for the next time the same technician enrols. */
  async leave(): Promise<void> {
    this.#running?.abort()
    void stopPush()
    await forget()
    this.tokens = undefined
    this.pinTries = null
  }

  /** Goes on after a failure that a person has read. */
  async goOn(): Promise<void> {
    if (this.failure === 'revoked') await this.leave()
    this.failure = null
  }

  /** Records one thing that was done. True when it is safe on this phone; else `failure` says why it is not. */
  do(job: Job, op: string, args: JsonObject = {}, file?: HeldFile): Promise<boolean> {
    return this.#perform([{ job: job.id, op, args, ...(file ? { file } : {}) }])
  }

  /** Records one thing that was done in the van. As `do`. */
  doInVan(op: string, args: JsonObject): Promise<boolean> {
    if (!this.van) throw new Error('this technician has no van')
    return this.#perform([{ van: this.van.id, op, args }])
  }

  /**
   * Takes a job on, or one step in it; the time that ran ends, and what it leads to begins. It can be undone for a minute,
   * with the note that explains it.
   */
  step(job: Job, op: Step | Ending, args: JsonObject = {}, note = ''): Promise<boolean> {
    if (op === 'acknowledge') return this.do(job, op)
    const now_ms = Date.now()
    const { timer } = this.notes
    const notes: Notes = { timer: timerAfter(op, job.id, now_ms), timerBefore: timer } as Notes
    const said = note ? [{ job: job.id, op: 'note', args: { text: note } }] : []
    return this.#perform([...entryOf(timer, now_ms), ...said, { job: job.id, op, args }], { isHeld: true, notes })
  }

  /** The time that runs at a job goes to something else from now on: a break, or work again. */
  switchTime(job: Job, activity: Activity): Promise<boolean> {
    const now_ms = Date.now()
    const notes: Notes = { timer: { job: job.id, activity, since_ms: now_ms } }
    return this.#perform(entryOf(this.notes.timer, now_ms), { notes })
  }

  /** The time that runs ends, and none begins. */
  stopTime(): Promise<boolean> {
    return this.#perform(entryOf(this.notes.timer, Date.now()), { notes: { timer: undefined } })
  }

  /** Takes the newest step back, if its minute is not over. */
  async undo(): Promise<void> {
    const now_ms = Date.now()
    if (!held(this.live.replica.outbox, now_ms).length) return
    const notes = { timer: this.notes.timerBefore, timerBefore: undefined }
    const back = (store: DurableStore) =>
      store.change(replica => ({ ...replica, outbox: takeBack(replica.outbox, now_ms) }), { notes })
    await this.#safely(async () => void (await back(this.#opened)))
  }

  /** The technician has seen the day as it is now. */
  seenChanges(): Promise<boolean> {
    return this.remember({ seenJobs: seenJobs(this.jobs), removals: {} })
  }

  /** Asks what happened before at the places of the jobs, as far as it is not known, so that it is there in the basement. */
  async fetchHistories(): Promise<void> {
    if (this.#isAsking || !this.areNotesRead) return
    this.#isAsking = true
    try {
      const known = this.notes.histories ?? {}
      const ids = this.jobs.filter(job => !hasEnded(job)).map(job => job.id)
      const kept = await histories(known, ids, new DeviceSession(), Date.now() + (this.live.status.offset_ms ?? 0))
      if (Object.keys(kept).toString() !== Object.keys(known).toString()) await this.remember({ histories: kept })
    } finally {
      this.#isAsking = false
    }
  }

  /** Begins to tell where this phone is on the way to a job. Returns how to stop. */
  tellPosition(job: string): () => void {
    return tellPosition(job, new DeviceSession(), () => Date.now() + (this.live.status.offset_ms ?? 0))
  }

  /** Lets the newest step be sent without waiting for its minute to pass. */
  async keep(): Promise<void> {
    await this.#safely(async () => {
      await this.#opened.change(replica => ({ ...replica, outbox: release(replica.outbox) }))
    })
  }

  /** Remembers something for this phone only. */
  remember(notes: Partial<Record<keyof Notes, unknown>>): Promise<boolean> {
    return this.#safely(() => this.#opened.remember(notes))
  }

  /** Notes that the technician has seen why something was not accepted. */
  async seen(uid: string): Promise<void> {
    await this.#safely(async () => {
      await this.#opened.change(replica => ({ ...replica, outbox: acknowledge(replica.outbox, uid) }))
    })
  }

  /** Takes over what a saved outbox had not sent; how much that was. The server knows by its uid what it has already. */
  async adopt(entries: readonly Entry[]): Promise<number> {
    const before = this.live.replica.outbox.nextMid
    await this.#safely(async () => {
      await this.#opened.change(replica => ({ ...replica, outbox: adopt(replica.outbox, entries) }))
    })
    return (await this.#opened.read()).outbox.nextMid - before
  }

  /** Asks the server now. In another tab than the one that synchronises it does nothing: that one is at it anyway. */
  syncNow(): void {
    this.#flusher?.wake()
  }

  file(sha256: string): Promise<HeldFile | undefined> {
    return this.#opened.file(sha256)
  }

  /** The job that its technician, or the lead of its crew, is on the way to. */
  #drivenTo(): Job | undefined {
    return this.jobs.find(job => job.state === 'enRoute' && !job.arrived && !leadOver(job, this.tokens?.technician_id))
  }

  #perform(deeds: readonly Deed[], manner: Manner = {}): Promise<boolean> {
    return this.#safely(() => perform(this.#opened, deeds, manner))
  }

  /** Whether a change of the store was kept; trouble of storage is told on a screen of its own. */
  async #safely(change: () => Promise<void>): Promise<boolean> {
    try {
      await change()
      return true
    } catch (error) {
      this.#fail(error)
      return false
    }
  }

  #fail(error: unknown): void {
    const failure = storageFailure(error)
    if (!failure) throw error
    this.#stop(failure)
  }

  /** A store that was lost is opened anew, which tells what happened (see `#openStore`). */
  #stop(failure: StorageFailure): void {
    if (failure === 'storage_lost') location.reload()
    else this.failure = failure
  }

  get #opened(): DurableStore {
    if (!this.#store) throw new Error('this phone is not enrolled')
    return this.#store
  }

  async #start(tokens: Tokens): Promise<void> {
    this.#running?.abort()
    const running = (this.#running = new AbortController())
    const store = (this.#store = await this.#openStore(tokens))
    const session = new DeviceSession()
    this.tokens = tokens
    const ticking = setInterval(() => (this.now_ms = Date.now()), LOOK_AT_CLOCK_MS)
    const ends = [
      () => clearInterval(ticking),
      this.live.follow(store, error => this.#fail(error)),
      store.watchNotes(notes => ((this.notes = notes as Notes), (this.areNotesRead = true))),
      store.watchFiles(counts => (this.files = counts)),
    ]
    running.signal.addEventListener('abort', () => ends.forEach(end => end()))
    const told = (status: Status) => {
      this.now_ms = Date.now()
      this.live.status = status
      if (status.failure) this.#stop(status.failure)
      if (status.trouble === 'revoked') void this.#wipe(store)
    }
    const flusher = (this.#flusher = new Flusher(store, session, tokens.device_id, told, gone => this.#noteRemovals(gone)))
    void flusher.run(`truckroll sync ${tokens.technician_id}`, running.signal)
    void sendFiles(store, session, `truckroll files ${tokens.technician_id}`, running.signal)
    void store.forgetFiles()
    void renewPush(session)
  }

  #noteRemovals(removals: readonly Remove[]): void {
    const jobs = removals.filter(one => one.kind === 'job').map(one => [one.id, one.why])
    if (jobs.length) void this.remember({ removals: { ...this.notes.removals, ...Object.fromEntries(jobs) } })
  }

  /** The technician's store. One that was emptied begins again with an outbox of another name: the old one is history. */
  async #openStore(tokens: Tokens): Promise<DurableStore> {
    const { technician_id: owner } = tokens
    const wasKept = owner in (await keptStores())
    const store = new DurableStore(owner, wasKept ? newUid(Date.now()) : tokens.outbox_id, await dataKey(owner))
    const { isNew } = await store.open()
    if (isNew && wasKept) this.failure = 'storage_lost'
    await noteStore(tokens)
    return store
  }

  /** The office ended this phone: the customers' data leaves it now, the technician's own work with its storage. */
  async #wipe(store: DurableStore): Promise<void> {
    this.failure = 'revoked'
    this.#running?.abort()
    await store.wipeDocuments()
    await store.forgetFiles()
    this.live.replica = await store.read()
    void stopPush()
    await forget()
  }
}

/** A name by which the office knows this phone: what the browser says of it, never unique. */
function phoneName(): string {
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(navigator.userAgent)?.[0] ?? 'Phone'
  return `${system} ${new Date().toISOString().slice(0, 10)}`
}
