/**
 * The queue of what was done on a device and is not yet surely the server's; `sync/outbox.py` in the browser.
 *
 * A mutation stays until its verdict is known, a backup holds it (`durableMid`), and, if the verdict needs a person,
 * that person has seen it. Nothing blocks the queue. Every function returns a new outbox.
 */
import {
  MAX_MUTATIONS, MAX_REQUEST_BYTES, NEEDS_ATTENTION, Refused, VERDICTS,
  type JsonValue, type Mutation, type MutationState, type PushAnswer, type Result, type Sealed,
} from './protocol.ts'

/**
 * One mutation with its state and its verdict. `seen`: a person has read a verdict that needs one; `heldUntil_ms`: by the
 * device's clock, until when it may be taken back and is not sent.
 */
export type Entry = { mutation: Mutation; state: MutationState; result?: Result; seen?: boolean; heldUntil_ms?: number }

/** How long a step may be taken back. */
export const HOLD_MS = 60_000
/** It cannot be taken back in its last moment, when it may be leaving already. */
const LEAVING_MS = 2_000

/** `entries` by number, ascending; `nextMid` for the next mutation; `durableMid` as last heard from the server. */
export type Outbox = { id: string; nextMid: number; durableMid: number; entries: readonly Entry[] }

const SENDABLE: ReadonlySet<MutationState> = new Set(['queued', 'sent', 'retry'])
/** Room in a request for everything but the batch. */
const ENVELOPE_BYTES = 4096

const VERDICT_LIST = [...VERDICTS]
/** Every legal move of a mutation; all but the first lead back to `queued`, when a restored server has lost it. */
const MOVES: Record<MutationState, readonly MutationState[]> = {
  queued: ['sent'],
  sent: [...VERDICT_LIST, 'queued'],
  retry: ['sent', 'queued'],
  applied: ['queued'],
  merged: ['queued'],
  duplicate: ['queued'],
  rejected: ['queued'],
  conflict: ['queued', 'resolved'],
  quarantined: ['queued', 'resolved'],
  resolved: ['queued'],
}

export function newOutbox(id: string): Outbox {
  return { id, nextMid: 1, durableMid: 0, entries: [] }
}

/** Gives sealed work its number and puts it last. */
export function enqueue(outbox: Outbox, sealed: Sealed): Outbox {
  const mutation = { ...sealed, mid: outbox.nextMid }
  return { ...outbox, nextMid: outbox.nextMid + 1, entries: [...outbox.entries, { mutation, state: 'queued' }] }
}

/** Keeps the newest so many back until then. Whatever is recorded after them lets them go (see `release`). */
export function hold(outbox: Outbox, count: number, heldUntil_ms: number): Outbox {
  const first = outbox.entries.length - count
  return { ...outbox, entries: outbox.entries.map((entry, index) => (index < first ? entry : { ...entry, heldUntil_ms })) }
}

/** Lets go what is held: who goes on has not made a mistake. */
export function release(outbox: Outbox): Outbox {
  if (!outbox.entries.some(entry => entry.heldUntil_ms)) return outbox
  return { ...outbox, entries: outbox.entries.map(({ heldUntil_ms: _, ...entry }) => entry) }
}

/** What may still be taken back: the newest, while it is held and was never sent. */
export function held(outbox: Outbox, now_ms: number): Entry[] {
  return outbox.entries.filter(entry => entry.state === 'queued' && isHeld(entry, now_ms + LEAVING_MS))
}

/** Takes back what is held, as if it had not been done; its numbers were never used. */
export function takeBack(outbox: Outbox, now_ms: number): Outbox {
  const gone = new Set(held(outbox, now_ms))
  if (!gone.size) return outbox
  return { ...outbox, nextMid: outbox.nextMid - gone.size, entries: outbox.entries.filter(entry => !gone.has(entry)) }
}

/** What to send now: the first run of consecutive numbers that fits one push and is not held back. */
export function nextBatch(outbox: Outbox, now_ms: number): Mutation[] {
  const batch: Mutation[] = []
  let bytes = ENVELOPE_BYTES
  for (const entry of outbox.entries) {
    const { mutation, state } = entry
    if (!SENDABLE.has(state)) continue
    if (isHeld(entry, now_ms)) break
    bytes += new TextEncoder().encode(JSON.stringify(mutation)).length + 1
    const isGap = batch.length > 0 && mutation.mid !== batch.at(-1)!.mid + 1
    if (isGap || batch.length === MAX_MUTATIONS || bytes > MAX_REQUEST_BYTES) break
    batch.push(mutation)
  }
  return batch
}

/** How many mutations in a state still wait for their verdict: `queued` are saved here, `sent` are on their way. */
export function countIn(outbox: Outbox, ...states: MutationState[]): number {
  return outbox.entries.filter(entry => states.includes(entry.state)).length
}

/** Whether its verdict is not known yet. */
export function sendable({ state }: Entry): boolean {
  return SENDABLE.has(state)
}

export function unsentCount(outbox: Outbox): number {
  return countIn(outbox, ...SENDABLE)
}

export function markSent(outbox: Outbox, batch: readonly Mutation[]): Outbox {
  const mids = new Set(batch.map(mutation => mutation.mid))
  return moveAll(outbox, entry => mids.has(entry.mutation.mid) && SENDABLE.has(entry.state), 'sent')
}

/** Books the verdicts of an answer. Repeated and late answers change nothing; a duplicate is what it repeats. */
export function settle(outbox: Outbox, answer: PushAnswer): Outbox {
  const results = new Map(answer.results?.map(result => [result.mid, result]))
  const entries = outbox.entries.map(entry => settled(entry, results.get(entry.mutation.mid)))
  return forgetDurable({ ...outbox, entries }, answer.durable_mid ?? 0)
}

/**
 * Lets go of what a backup of the server holds and nobody needs to look at any more.
 *
 * `durableMid` is as last heard, even when it is less than before, for an older backup may have come back.
 */
export function forgetDurable(outbox: Outbox, durableMid: number): Outbox {
  const isNeeded = (entry: Entry) =>
    entry.mutation.mid > durableMid || SENDABLE.has(entry.state) || needsAttention(entry)
  return { ...outbox, durableMid, entries: outbox.entries.filter(isNeeded) }
}

/** Notes that a person has seen the verdict on a mutation. */
export function acknowledge(outbox: Outbox, uid: string): Outbox {
  const entries = outbox.entries.map(entry =>
    entry.mutation.uid === uid && needsAttention(entry) ? { ...entry, seen: true } : entry,
  )
  return forgetDurable({ ...outbox, entries }, outbox.durableMid)
}

/** Notes that a person has decided about work that needed one; there is nothing more to tell about it. */
export function resolve(outbox: Outbox, uids: ReadonlySet<JsonValue>): Outbox {
  return moveAll(outbox, entry => uids.has(entry.mutation.uid) && NEEDS_ATTENTION.has(entry.state), 'resolved')
}

/** What was refused, conflicts or waits in quarantine, and has not been seen. */
export function attention(outbox: Outbox): Entry[] {
  return outbox.entries.filter(needsAttention)
}

/** Sends everything from a number on again: the server has lost it, and with it what was said of its backups. */
export function requeue(outbox: Outbox, fromMid: number): Outbox {
  const undone = { ...outbox, durableMid: Math.min(outbox.durableMid, fromMid - 1) }
  return moveAll(undone, entry => entry.mutation.mid >= fromMid, 'queued')
}

/** Whether all from the number that the server expects next is still held. */
export function canContinue(outbox: Outbox, expected: number): boolean {
  return outbox.entries.filter(entry => entry.mutation.mid >= expected).length === outbox.nextMid - expected
}

/** Whether another copy of this storage used our numbers. */
export function isCloned(outbox: Outbox): boolean {
  return outbox.entries.some(entry => entry.state === 'rejected' && entry.result?.code === 'mid_reuse')
}

/** Takes in what another outbox of the same person had not sent; what is here already stays as it is. Seals and uids stay. */
export function adopt(outbox: Outbox, entries: readonly Entry[]): Outbox {
  const known = new Set(outbox.entries.map(entry => entry.mutation.uid))
  const news = entries.filter(entry => sendable(entry) && !known.has(entry.mutation.uid))
  return news.reduce(({ nextMid, entries: held, ...rest }: Outbox, { mutation }): Outbox => {
    return { ...rest, nextMid: nextMid + 1, entries: [...held, { mutation: { ...mutation, mid: nextMid }, state: 'queued' }] }
  }, release(outbox))
}

/** Everything held in a new outbox, numbered from 1 and queued; uids and seals stay. */
export function renumber(outbox: Outbox, newId: string): Outbox {
  const entries = outbox.entries.map(
    (entry, index): Entry => ({ ...entry, mutation: { ...entry.mutation, mid: index + 1 }, state: 'queued' }),
  )
  return { ...newOutbox(newId), nextMid: entries.length + 1, entries }
}

/** Whether it may not be sent yet. A clock that was set back must not hold anything for days. */
export function isHeld({ heldUntil_ms = 0 }: Entry, now_ms: number): boolean {
  return heldUntil_ms > now_ms && heldUntil_ms - now_ms <= HOLD_MS
}

function needsAttention(entry: Entry): boolean {
  return NEEDS_ATTENTION.has(entry.state) && !entry.seen
}

function settled(entry: Entry, result: Result | undefined): Entry {
  // Only what is on its way can be answered: what a restored server lost is queued, and a late answer is void.
  if (!result || entry.state !== 'sent') return entry
  const verdict = result.first ?? result
  if (!VERDICTS.has(verdict.status)) throw new Refused({ code: 'malformed', path: '$.results', detail: verdict.status })
  const isOldNews = entry.result?.status === verdict.status && entry.result.code === verdict.code
  return { ...moved(entry, verdict.status), result: verdict, seen: isOldNews && !!entry.seen }
}

function moveAll(outbox: Outbox, applies: (entry: Entry) => boolean, state: MutationState): Outbox {
  return { ...outbox, entries: outbox.entries.map(entry => (applies(entry) ? moved(entry, state) : entry)) }
}

function moved(entry: Entry, state: MutationState): Entry {
  if (entry.state === state) return entry
  if (!MOVES[entry.state].includes(state)) throw new Error(`mutation ${entry.mutation.mid}: ${entry.state} → ${state}`)
  return { ...entry, state }
}
