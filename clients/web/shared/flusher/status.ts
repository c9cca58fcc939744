/** Why synchronising stands still until a person does something. */
export type Trouble = 'logged_out' | 'revoked' | 'update_needed' | 'fault'

/** `contact_ms`: device clock at the last answer of the server, null before the first one. */
export type Status = { isOnline: boolean; contact_ms: number | null; trouble: Trouble | null }

/** What a refusal means for the person; null when it passes by itself. */
export function troubleOf(code: string): Trouble | null {
  if (code === 'unauthenticated' || code === 'bad_refresh' || code === 'outbox_foreign') return 'logged_out'
  if (code === 'device_revoked') return 'revoked'
  if (code === 'schema_too_old') return 'update_needed'
  return PASSING.has(code) ? null : 'fault'
}

/** Damage on the way and passing trouble: the same is sent again after a while. */
const PASSING: ReadonlySet<string> = new Set(['busy', 'rate_limited', 'digest_mismatch', 'not_utf8', 'our_mistake'])
