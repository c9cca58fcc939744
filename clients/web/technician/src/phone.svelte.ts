import { perform } from '../../shared/actions.ts'
import type { Job } from '../../shared/documents.ts'
import { sendFiles } from '../../shared/flusher/files.ts'
import { Flusher } from '../../shared/flusher/flusher.ts'
import { Live } from '../../shared/live.svelte.ts'
import { DeviceSession, enrol, enrolled, forget, type Tokens } from '../../shared/session/device.ts'
import { isLeased } from '../../shared/session/lease.ts'
import { DurableStore } from '../../shared/store/durable.ts'
import type { HeldFile } from '../../shared/store/store.ts'
import { acknowledge } from '../../shared/sync/outbox.ts'
import type { JsonObject } from '../../shared/sync/protocol.ts'
import { siteZone } from '../../shared/time.ts'

const LOOK_AT_LEASE_MS = 60_000

/** This phone: who it is, what it holds, and the one way to record work. */
export class Phone {
  tokens = $state.raw<Tokens>()
  isReady = $state(false)
  readonly live = new Live()
  readonly jobs = $derived(this.live.all('job'))
  readonly units = $derived(this.live.all('serial_unit'))
  readonly grammars = $derived(this.live.all('serial_grammars').flatMap(told => told.grammars))
  readonly zone = $derived(siteZone(this.jobs.map(job => job.window)))
  #now_ms = $state(Date.now())
  /** Nothing is shown on a phone that has not heard from the office for longer than its lease. It goes on sending. */
  readonly isLocked = $derived(!isLeased(this.live.status.contact_ms, this.tokens?.lease_seconds, this.#now_ms))
  #store: DurableStore | undefined
  #running: AbortController | undefined

  /** Goes on as whoever this phone was enrolled for. */
  async open(): Promise<void> {
    const tokens = await enrolled()
    if (tokens) this.#start(tokens)
    this.isReady = true
  }

  /** Throws Refused, Offline. */
  async enrol(code: string): Promise<void> {
    this.#start(await enrol(code, phoneName()))
    // Without it the browser may throw the outbox away when the disk is full. It may say no, and it need not be asked twice.
    void navigator.storage?.persist?.()
  }

  /** Leaves this phone's identity; the outbox stays for the next time the same technician enrols. */
  async leave(): Promise<void> {
    this.#running?.abort()
    await forget()
    this.tokens = undefined
  }

  /** Records one thing that was done. It is safe on this phone when this resolves. */
  async do(job: Job, op: string, args: JsonObject = {}, file?: HeldFile): Promise<void> {
    await perform(this.#opened, job.id, op, args, file)
  }

  /** Notes that the technician has seen why something was not accepted. */
  async seen(uid: string): Promise<void> {
    await this.#opened.change(replica => ({ ...replica, outbox: acknowledge(replica.outbox, uid) }))
  }

  file(sha256: string): Promise<HeldFile | undefined> {
    return this.#opened.file(sha256)
  }

  get #opened(): DurableStore {
    if (!this.#store) throw new Error('this phone is not enrolled')
    return this.#store
  }

  #start(tokens: Tokens): void {
    this.#running?.abort()
    const running = (this.#running = new AbortController())
    const store = (this.#store = new DurableStore(tokens.technician_id, tokens.outbox_id))
    const session = new DeviceSession()
    this.tokens = tokens
    const ticking = setInterval(() => (this.#now_ms = Date.now()), LOOK_AT_LEASE_MS)
    running.signal.addEventListener('abort', () => clearInterval(ticking))
    const stopFollowing = this.live.follow(store)
    running.signal.addEventListener('abort', stopFollowing)
    const flusher = new Flusher(store, session, tokens.device_id, status => {
      this.#now_ms = Date.now()
      this.live.status = status
      if (status.trouble === 'revoked') void this.#wipe(store)
    })
    void flusher.run(`truckroll sync ${tokens.technician_id}`, running.signal)
    void sendFiles(store, session, `truckroll files ${tokens.technician_id}`, running.signal)
    void store.forgetFiles()
  }

  /** The office ended this phone: the customers' data leaves it now, the technician's own work with its storage. */
  async #wipe(store: DurableStore): Promise<void> {
    await store.wipeDocuments()
    this.live.replica = await store.read()
    this.#running?.abort()
    await forget()
  }
}

/** A name by which the office knows this phone: what the browser says of it, never unique. */
function phoneName(): string {
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(navigator.userAgent)?.[0] ?? 'Phone'
  return `${system} ${new Date().toISOString().slice(0, 10)}`
}
