/**
 * The one that talks to the server: pushes before it pulls, and listens for news, by the stream of events or, where that
 * does not get through, by a pull that is held. One per store: the others wait for its Web Lock and take over when its
 * tab closes. A 401 never touches the outbox.
 */
import type { Store } from '../store/store.ts'
import { estimateOffset, SAMPLES_KEPT } from '../sync/clock.ts'
import { isCloned, isHeld, unsentCount, type Outbox } from '../sync/outbox.ts'
import { Refused, RESTART_CODES, type PullAnswer, type PushAnswer, type Refusal, type Remove, type Told } from '../sync/protocol.ts'
import * as replicas from '../sync/replica.ts'
import { newUid } from '../sync/uid.ts'
import { APP } from './app.ts'
import { storageFailure } from '../store/failures.ts'
import { Pokes } from './pokes.ts'
import { NO_STATUS, troubleOf, type Status } from './status.ts'
import { messageOf, Offline, postMessage, type Session } from './transport.ts'
import { backoff, pause } from './waiting.ts'

/** Below MAX_WAIT_S, so that the answer is there before the browser or a proxy loses patience. */
const WAIT_S = 25
const OFFLINE_MS = 30_000
const POLL_MS = 30_000
/** A stream that did not open is tried again, but not at every pull. */
const REOPEN_MS = 5 * 60_000
/** How often it lets the server compare what is held. */
const COMPARE_MS = 6 * 3600_000

export class Flusher {
  readonly #store: Store
  readonly #session: Session
  readonly #device: string
  readonly #tell: (status: Status) => void
  readonly #removed: (removals: readonly Remove[]) => void
  #status: Status = { ...NO_STATUS, isOnline: navigator.onLine }
  #failures = 0
  #pollAfter_ms = POLL_MS
  #reopen_ms = 0
  #compared_ms = -COMPARE_MS
  readonly #pokes = new Pokes()
  #nap = new AbortController()
  #alarm: ReturnType<typeof setTimeout> | undefined

  /** `removed` hears which documents left, and why, once they have. */
  constructor(
    store: Store,
    session: Session,
    device: string,
    tell: (status: Status) => void,
    removed: (removals: readonly Remove[]) => void = () => undefined,
  ) {
    this.#store = store
    this.#session = session
    this.#device = device
    this.#tell = tell
    this.#removed = removed
  }

  /** Synchronises until `signal` is aborted. `lock`: name that all tabs on the same store share. */
  async run(lock: string, signal: AbortSignal): Promise<void> {
    const stopWatching = this.#store.watch(({ outbox }) => this.#wakeFor(outbox))
    addEventListener('online', () => this.#connection(true), { signal })
    addEventListener('offline', () => this.#connection(false), { signal })
    signal.addEventListener('abort', () => this.wake())
    const samples = await this.#store.samples()
    this.#say({ contact_ms: samples.at(-1)?.received_ms ?? null, offset_ms: estimateOffset(samples) })
    try {
      await navigator.locks.request(lock, { signal }, () => this.#loop(signal))
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      stopWatching()
    }
  }

  /** Ends whatever it is waiting for: there is something to send, or the network is back. */
  wake(): void {
    this.#nap.abort()
  }

  /** New work is sent at once, what is held back when its time is over. What is on its way already needs nobody woken. */
  #wakeFor(outbox: Outbox): void {
    const last = outbox.entries.at(-1)
    if (last?.state !== 'queued') return
    if (!isHeld(last, Date.now())) return this.wake()
    clearTimeout(this.#alarm)
    this.#alarm = setTimeout(() => this.wake(), (last.heldUntil_ms ?? 0) - Date.now())
  }

  async #loop(signal: AbortSignal): Promise<void> {
    let isNew = true
    while (!signal.aborted) {
      this.#nap = new AbortController()
      // A browser that knows of no network need not be asked; it is sometimes wrong, so it is tried now and then.
      if (!navigator.onLine) await pause(OFFLINE_MS, this.#nap.signal)
      if (!navigator.onLine && this.#nap.signal.aborted) continue
      try {
        await this.#listen(signal) // before the pull, so that no change falls between the two
        const hasPushed = await this.#push()
        await this.#pull(isNew || hasPushed || this.#pokes.isOpen ? 0 : WAIT_S)
        await this.#compare()
        this.#failures = 0
        isNew = false
        await this.#pokes.next(this.#pollAfter_ms, this.#nap.signal)
      } catch (error) {
        if (!this.#nap.signal.aborted) await this.#recover(error)
      }
    }
  }

  async #push(): Promise<boolean> {
    let hasPushed = false
    for (;;) {
      const request = await replicas.pushRequest(await this.#store.read(), this.#device, Date.now())
      if (!request) return hasPushed
      await this.#store.change(replica => replicas.markSent(replica, request))
      const answer = await this.#ask<PushAnswer>('/sync/v1/push', { ...request, ...told(await this.#store.read()) })
      const replica = await this.#store.change(held => replicas.applyPush(held, request, answer))
      if (isCloned(replica.outbox)) await this.#store.change(held => replicas.renumber(held, newUid(Date.now())))
      hasPushed = true
      const mustWait = answer.results?.some(result => result.status === 'retry')
      if (mustWait) throw new Refused({ code: 'busy' })
    }
  }

  async #pull(wait_s: number, withDigests = false): Promise<void> {
    for (;;) {
      const replica = await this.#store.read()
      const digests = withDigests ? { digests: await replicas.scopeDigests(replica) } : {}
      const request = { ...replicas.pullRequest(replica, this.#device, wait_s), ...digests, ...told(replica) }
      const answer = await this.#ask<PullAnswer>('/sync/v1/pull', request, wait_s ? this.#nap.signal : undefined)
      await this.#store.change(replica => replicas.applyPull(replica, request, answer))
      const removals = (answer.patch ?? []).filter(change => change.op === 'remove')
      if (removals.length) this.#removed(removals)
      this.#pollAfter_ms = answer.poll_after_ms ?? POLL_MS
      if (!answer.more) return
    }
  }

  /** Now and then the server compares what we hold, and sends again what differs: a fault of either is mended. */
  async #compare(): Promise<void> {
    if (performance.now() - this.#compared_ms < COMPARE_MS) return
    await this.#pull(0, true)
    this.#compared_ms = performance.now()
  }

  /** Opens the stream of events unless it is. Where it cannot be had, pulls are held instead. */
  async #listen(signal: AbortSignal): Promise<void> {
    if (this.#pokes.isOpen || performance.now() < this.#reopen_ms) return
    this.#reopen_ms = performance.now() + REOPEN_MS
    try {
      await this.#pokes.open(await this.#session.headers(await this.#serverTime()), signal)
      if (this.#pokes.isOpen) this.#reopen_ms = 0
    } catch (error) {
      if (!(error instanceof Offline || error instanceof Refused)) throw error
      if (error instanceof Offline) this.#reopen_ms = 0
    }
  }

  /** One request, once more with a renewed proof when the first was not good any more. */
  async #ask<Answer extends { time: number }>(path: string, message: unknown, signal?: AbortSignal): Promise<Answer> {
    const trip = async () => {
      const sent_ms = Date.now()
      const answer = await postMessage(path, message, await this.#session.headers(await this.#serverTime()), signal)
      const body = await messageOf<Answer>(answer)
      // A held answer says little about the clock: its trip is as long as the waiting.
      if (!signal) await this.#measure(sent_ms, body.time)
      return body
    }
    try {
      return this.#heard(await trip())
    } catch (error) {
      const isOver = error instanceof Refused && error.refusal.code === 'unauthenticated'
      if (!isOver || !(await this.#session.renew((await this.#serverTime()) ?? Date.now()))) throw error
      return this.#heard(await trip())
    }
  }

  #heard<Answer>(answer: Answer): Answer {
    this.#say({ isOnline: true, contact_ms: Date.now(), trouble: null })
    return answer
  }

  async #measure(sent_ms: number, server_ms: number): Promise<void> {
    const sample = { sent_ms, server_ms, received_ms: Date.now() }
    const samples = [...(await this.#store.samples()), sample].slice(-SAMPLES_KEPT)
    await this.#store.saveSamples(samples)
    this.#say({ offset_ms: estimateOffset(samples) })
  }

  async #serverTime(): Promise<number | null> {
    const offset = estimateOffset(await this.#store.samples())
    return offset === null ? null : Date.now() + offset
  }

  async #recover(error: unknown): Promise<void> {
    if (error instanceof Refused && (await this.#beginAgain(error.refusal))) return
    this.#failures += 1
    if (error instanceof Offline) this.#say({ isOnline: false })
    else if (error instanceof Refused) this.#say({ trouble: troubleOf(error.refusal.code) })
    else this.#unexpected(error)
    const asked_ms = error instanceof Refused ? (error.refusal.retry_after_ms ?? 0) : 0
    await pause(Math.max(asked_ms, backoff(this.#failures, Math.random)), this.#nap.signal)
  }

  #unexpected(error: unknown): void {
    const failure = storageFailure(error)
    if (failure) return this.#say({ failure })
    this.#say({ trouble: 'fault' })
    console.error(error)
  }

  /** Does what the protocol asks after a refusal; false when there is nothing that a device can do. */
  async #beginAgain(refusal: Refusal): Promise<boolean> {
    const { code, expected } = refusal
    if (RESTART_CODES.has(code)) {
      await this.#store.change(replica => replicas.restart(replica, refusal))
      return true
    }
    if (code !== 'mid_gap' || expected == null) return false
    await this.#store.change(replica => replicas.resumeAt(replica, expected, newUid(Date.now())))
    return true
  }

  #connection(isOnline: boolean): void {
    this.#say({ isOnline })
    this.wake()
  }

  #say(change: Partial<Status>): void {
    this.#status = { ...this.#status, ...change }
    this.#tell(this.#status)
  }
}

function told({ outbox }: replicas.Replica): Told {
  return { app: APP, waiting: unsentCount(outbox) }
}
