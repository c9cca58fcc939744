/**
 * Whether a phone may show what it holds: the server was heard from within the lease, by the phone's own clock, however
 * wrong that is. A clock that stands before the last answer was set back since then.
 */
export function isLeased(contact_ms: number | null, lease_seconds: number | undefined, now_ms: number): boolean {
  if (contact_ms === null || lease_seconds === undefined) return true
  return contact_ms <= now_ms && now_ms - contact_ms <= lease_seconds * 1000
}
