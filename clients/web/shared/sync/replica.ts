/**
 * What a device holds and shows: the server's documents, with its own unconfirmed work laid over them;
 * `sync/replica.py` in the browser. base + pending = shown.
 *
 * Every step is a pure function from replica to replica, so that a store keeps its result in one transaction. What is
 * sealed (SubtleCrypto is asynchronous, and an IndexedDB transaction does not wait for it) is made before the step.
 */
import { scopeDigest } from './digest.ts'
import * as queue from './outbox.ts'
import type { Entry, Outbox } from './outbox.ts'
import {
  REVIEW_CARD, SCHEMA,
  type JsonObject, type JsonValue, type PullAnswer, type PullRequest, type PushAnswer, type PushRequest, type Put,
  type Refusal, type Remove, type Sealed,
} from './protocol.ts'
import { batchDigest } from './seals.ts'

/** A document of the server. `scopes`: where it is held; `stale`: those of them that are being sent again. */
export type Document = {
  kind: string
  id: string
  version: number
  doc: JsonObject
  scopes: readonly string[]
  stale: readonly string[]
}

export type Documents = ReadonlyMap<string, Document>

/** `documents` by `key(kind, id)`; `lastMid`: mutations up to here have had their effect on them. */
export type Replica = {
  outbox: Outbox
  cursor: string | null
  epoch: string | null
  lastMid: number
  documents: Documents
}

/** The document as it will probably be. Total: it never throws and never changes its arguments. */
export type Applier = (document: JsonObject, args: JsonObject) => JsonObject

export function newReplica(outboxId: string): Replica {
  return { outbox: queue.newOutbox(outboxId), cursor: null, epoch: null, lastMid: 0, documents: new Map() }
}

export function key(kind: string, id: string): string {
  return `${kind}/${id}`
}

/** Puts what was done into the outbox. */
export function record(replica: Replica, sealed: Sealed): Replica {
  return { ...replica, outbox: queue.enqueue(queue.release(replica.outbox), sealed) }
}

/** The next push, null when nothing is to be sent at this time of the device. Call `markSent` with it before it leaves. */
export async function pushRequest(replica: Replica, device: string, now_ms: number): Promise<PushRequest | null> {
  const batch = queue.nextBatch(replica.outbox, now_ms)
  const [first] = batch
  if (!first) return null
  const digests = batch.map(mutation => mutation.digest)
  const digest = await batchDigest(replica.outbox.id, replica.epoch, first.mid, digests)
  const epoch = replica.epoch === null ? {} : { epoch: replica.epoch }
  return { outbox: replica.outbox.id, device, schema: SCHEMA, batch, digest, ...epoch }
}

export function markSent(replica: Replica, request: PushRequest): Replica {
  return { ...replica, outbox: queue.markSent(replica.outbox, request.batch) }
}

/** Books the verdicts on a push; the documents wait for the pull. An answer of another epoch or outbox is void. */
export function applyPush(replica: Replica, request: PushRequest, answer: PushAnswer): Replica {
  if (request.outbox !== replica.outbox.id || answer.epoch !== (replica.epoch ?? answer.epoch)) return replica
  return { ...replica, outbox: queue.settle(replica.outbox, answer), epoch: answer.epoch }
}

export function pullRequest(replica: Replica, device: string, wait_s = 0): PullRequest {
  const cursor = replica.cursor === null ? {} : { cursor: replica.cursor }
  return { outbox: replica.outbox.id, device, schema: SCHEMA, ...cursor, ...(wait_s ? { wait_s } : {}) }
}

/**
 * Takes over one page of changes, in one step. An answer to anything but our present cursor is void.
 *
 * While more pages follow, `lastMid` stays: a mutation's effect may be on a later page, and work seen twice for a
 * moment is better than work that vanishes.
 */
export function applyPull(replica: Replica, request: PullRequest, answer: PullAnswer): Replica {
  if (request.outbox !== replica.outbox.id || (request.cursor ?? null) !== replica.cursor) return replica
  const present = inEpoch(replica, answer.epoch)
  // An older backup came back than the last, of which we were told.
  const isOlder = answer.last_mid < present.outbox.durableMid
  const held = isOlder ? sentAgain(present, answer.last_mid + 1) : present
  const documents = markStale(withoutScopes(replica.documents, answer.scopes_removed ?? []), answer.resync ?? [])
  for (const change of answer.patch ?? []) patch(documents, change)
  return {
    outbox: queue.forgetDurable(queue.resolve(held.outbox, decided(answer.patch ?? [])), answer.durable_mid ?? 0),
    cursor: answer.cursor,
    epoch: answer.epoch,
    lastMid: answer.more ? held.lastMid : answer.last_mid,
    documents: answer.more ? documents : sweep(documents),
  }
}

/**
 * Begins again after one of RESTART_CODES: everything is pulled anew, nothing that was done is forgotten. If the
 * server has lost something, what no backup is known to hold is sent again.
 */
export function restart(replica: Replica, refusal: Refusal): Replica {
  const scopes = [...replica.documents.values()].flatMap(document => document.scopes)
  const epoch = refusal.epoch ?? replica.epoch
  const held = refusal.code === 'cursor_ahead' ? undone(replica) : inEpoch(replica, epoch)
  return { ...held, cursor: null, epoch, documents: markStale(replica.documents, scopes) }
}

/** Goes on after a mid_gap: from the number the server expects, or in a new outbox when that is no longer held. */
export function resumeAt(replica: Replica, expected: number, newOutbox: string): Replica {
  if (!queue.canContinue(replica.outbox, expected)) return renumber(replica, newOutbox)
  return sentAgain(replica, expected)
}

/** Moves all held work to a new outbox, also when the storage was cloned. Push before the next pull. */
export function renumber(replica: Replica, newOutbox: string): Replica {
  const covered = replica.outbox.entries.filter(entry => entry.mutation.mid <= replica.lastMid).length
  return { ...replica, outbox: queue.renumber(replica.outbox, newOutbox), lastMid: covered }
}

/** Every document by key as the person sees it: the server's, with pending work applied in order. */
export function shown(replica: Replica, appliers: Readonly<Record<string, Applier>>): Map<string, JsonObject> {
  const documents = new Map([...replica.documents].map(([name, document]) => [name, document.doc]))
  for (const { mutation } of pending(replica)) {
    const name = key(mutation.kind, mutation.id)
    const document = documents.get(name)
    const apply = appliers[mutation.op]
    if (document && apply) documents.set(name, apply(document, mutation.args))
  }
  return documents
}

/** The work that is laid over the documents: not yet in them, and not refused. */
export function pending(replica: Replica): Entry[] {
  return replica.outbox.entries.filter(
    entry => entry.mutation.mid > replica.lastMid && entry.state !== 'rejected' && entry.state !== 'quarantined',
  )
}

/** What is held of each scope, digested, for the server to compare. */
export async function scopeDigests(replica: Replica): Promise<Record<string, string>> {
  const held = new Map<string, [string, string, number][]>()
  for (const { kind, id, version, scopes } of replica.documents.values()) {
    for (const scope of scopes) held.set(scope, [...(held.get(scope) ?? []), [kind, id, version]])
  }
  const digests: Record<string, string> = {}
  for (const [scope, documents] of held) digests[scope] = await scopeDigest(documents)
  return digests
}

/** Outbox and lastMid as they are in an epoch: a new one may have lost whatever no backup is known to hold. */
function inEpoch(replica: Replica, epoch: string | null): Replica {
  return replica.epoch === null || replica.epoch === epoch ? replica : undone(replica)
}

function undone(replica: Replica): Replica {
  return sentAgain(replica, replica.outbox.durableMid + 1)
}

/** Sends again what the server has lost, and shows it until then: the documents come back without it. */
function sentAgain(replica: Replica, fromMid: number): Replica {
  const lastMid = Math.min(replica.lastMid, fromMid - 1)
  return { ...replica, outbox: queue.requeue(replica.outbox, fromMid), lastMid }
}

/** Uids of the work about which these patches tell that a person has decided. */
function decided(patches: readonly (Put | Remove)[]): ReadonlySet<JsonValue> {
  const cards = patches.flatMap(change => (change.op === 'put' && change.kind === REVIEW_CARD ? [change.doc] : []))
  const uids = cards.filter(card => card.state === 'resolved').flatMap(card => card.mutations ?? [])
  return new Set(uids as JsonValue[])
}

function patch(documents: Map<string, Document>, change: Put | Remove): void {
  const name = key(change.kind, change.id)
  const held = documents.get(name)
  const changed = change.op === 'put' ? put(held, change) : held && left(held, [change.scope])
  if (changed) documents.set(name, changed)
  else documents.delete(name)
}

function put(held: Document | undefined, { kind, id, version, doc, scope }: Put): Document {
  if (!held) return { kind, id, version, doc, scopes: [scope], stale: [] }
  // A restored server counts versions from where it was: what is stale yields even to a smaller one.
  const isNewer = version >= held.version || held.stale.length > 0
  return {
    ...held,
    ...(isNewer ? { version, doc } : {}),
    scopes: [...new Set([...held.scopes, scope])].sort(),
    stale: held.stale.filter(name => name !== scope),
  }
}

/** Takes a document out of scopes; undefined when it was in no other. */
function left(held: Document, scopes: readonly string[]): Document | undefined {
  const remaining = held.scopes.filter(scope => !scopes.includes(scope))
  if (remaining.length === held.scopes.length) return held
  return remaining.length
    ? { ...held, scopes: remaining, stale: held.stale.filter(scope => !scopes.includes(scope)) }
    : undefined
}

function withoutScopes(documents: Documents, scopes: readonly string[]): Map<string, Document> {
  return mapped(documents, document => left(document, scopes))
}

function markStale(documents: Documents, scopes: readonly string[]): Map<string, Document> {
  const again = new Set(scopes)
  return mapped(documents, document => {
    const stale = document.scopes.filter(scope => again.has(scope) || document.stale.includes(scope))
    return stale.length === document.stale.length ? document : { ...document, stale }
  })
}

/** Lets go of what was to be sent again and was not. */
function sweep(documents: Documents): Map<string, Document> {
  return mapped(documents, document => left(document, document.stale))
}

/** Unchanged documents stay the same objects, by which a store knows what it need not write. */
function mapped(documents: Documents, change: (document: Document) => Document | undefined): Map<string, Document> {
  const result = new Map<string, Document>()
  for (const [name, document] of documents) {
    const changed = change(document)
    if (changed) result.set(name, changed)
  }
  return result
}
