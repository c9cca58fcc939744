import type { StorageFailure } from '../store/failures.ts'

/** Why synchronising stands still: until a person does something, or until the server is well again. */
export type Trouble = 'logged_out' | 'revoked' | 'update_needed' | 'server' | 'garbage' | 'fault'

/**
 * `contact_ms`: device clock at the last answer of the server, null before the first one; `offset_ms`: what to add to this
 * clock to get the server's; `failure`: why this device cannot keep anything.
 */
export type Status = {
  isOnline: boolean
  contact_ms: number | null
  offset_ms: number | null
  trouble: Trouble | null
  failure: StorageFailure | null
}

/** Nothing is known yet. */
export const NO_STATUS: Status = { isOnline: true, contact_ms: null, offset_ms: null, trouble: null, failure: null }

/** The answer was no answer of the protocol. */
export const GARBAGE = 'garbage'

/** What a refusal means for the person; null when it passes by itself. */
export function troubleOf(code: string): Trouble | null {
  if (code === 'unauthenticated' || code === 'bad_refresh' || code === 'outbox_foreign') return 'logged_out'
  if (code === 'device_revoked') return 'revoked'
  if (code === 'schema_too_old') return 'update_needed'
  if (code === 'our_mistake' || code === 'http_500') return 'server'
  if (code === GARBAGE) return 'garbage'
  return PASSING.has(code) ? null : 'fault'
}

/** Damage on the way and passing trouble: the same is sent again after a while. */
const PASSING: ReadonlySet<string> = new Set(['busy', 'rate_limited', 'digest_mismatch', 'not_utf8'])
