/**
 * The words of the sync protocol: messages, states, reasons and limits, as `sync/protocol.py` has them.
 *
 * Shapes only; `sync/PROTOCOL.md` is the text that binds both. Instants are whole milliseconds since
 * 1970-01-01T00:00Z. A field at its default is left out of a message.
 */

export const SCHEMA = 1
export const MAX_MUTATIONS = 100
export const MAX_REQUEST_BYTES = 1 << 20
export const MAX_MUTATION_BYTES = 1 << 16
export const MAX_DEPTH = 32
export const MAX_MUTATION_DEPTH = MAX_DEPTH - 4
export const MAX_WAIT_S = 30

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue }
export type JsonObject = { readonly [name: string]: JsonValue }

export type MutationState =
  | 'queued' | 'sent' | 'applied' | 'merged' | 'duplicate' | 'conflict' | 'rejected' | 'quarantined' | 'retry' | 'resolved'

/** Verdicts that a technician must see, with their reason. */
export const NEEDS_ATTENTION: ReadonlySet<MutationState> = new Set(['conflict', 'rejected', 'quarantined'])

/** Kind of the documents that ask a person about work: `state` open or resolved, `mutations` the uids. */
export const REVIEW_CARD = 'review_card'

/** What a `Result` may say; `resolved` only of work that had its verdict before. */
export const VERDICTS: ReadonlySet<MutationState> = new Set([
  'applied', 'merged', 'duplicate', 'conflict', 'rejected', 'quarantined', 'retry', 'resolved',
])

/** What was done, before it has its place in an outbox. `off` is null when the clock was never measured. */
export type Draft = {
  uid: string
  op: string
  kind: string
  id: string
  args: JsonObject
  at: number
  off?: number | null
  blobs?: readonly string[]
}

/** A draft with its seal and the version of the document that was seen (`base`). */
export type Sealed = Draft & { base?: number; digest: string }

/** Sealed work with its number; never changed after it was queued. */
export type Mutation = Sealed & { mid: number }

/** What a client tells of itself: name and version, and how many mutations of its outbox have no verdict yet. */
export type Told = { app?: string; waiting?: number }

export type PushRequest = {
  outbox: string
  device: string
  schema: number
  batch: readonly Mutation[]
  digest: string
  epoch?: string
} & Told

export type Result = {
  mid: number
  status: MutationState
  code?: string
  path?: string
  version?: number
  state?: string
  lost?: JsonObject
  first?: Result
}

export type PushAnswer = {
  last: number
  epoch: string
  time: number
  durable_mid?: number
  results?: readonly Result[]
  poll_after_ms?: number
}

export type PullRequest = {
  outbox: string
  device: string
  schema: number
  cursor?: string
  digests?: Record<string, string>
  wait_s?: number
} & Told

export type Put = { op: 'put'; scope: string; kind: string; id: string; version: number; doc: JsonObject }
export type Remove = { op: 'remove'; scope: string; kind: string; id: string; why: string }

export type PullAnswer = {
  cursor: string
  epoch: string
  last_mid: number
  time: number
  schema: number
  durable_mid?: number
  more?: boolean
  patch?: readonly (Put | Remove)[]
  resync?: readonly string[]
  scopes_removed?: readonly string[]
  poll_after_ms?: number
}

/** The body of a refused request; nothing of it was stored. */
export type Refusal = {
  code: string
  path?: string | null
  detail?: string | null
  expected?: number | null
  minimum?: number | null
  epoch?: string | null
  retry_after_ms?: number | null
}

/** Refusals after which a client pulls everything again and keeps its outbox: those with status 410. */
export const RESTART_CODES: ReadonlySet<string> = new Set([
  'epoch_changed', 'cursor_ahead', 'cursor_compacted', 'cursor_invalid',
])

/** A request, or work that no server would take. `refusal.path` says where in it. */
export class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(`${refusal.code} at ${refusal.path ?? '$'}: ${refusal.detail ?? 'see PROTOCOL.md'}`)
    this.refusal = refusal
  }
}
