/** Why this phone cannot keep what is done on it; each is told on a screen of its own, because nothing else counts then. */
export type StorageFailure = 'storage_refused' | 'quota_full' | 'storage_lost'

/** The database was there and is not any more. */
export class StorageLost extends Error {
  override readonly name = 'StorageLost'
}

const BY_NAME: Readonly<Record<string, StorageFailure>> = {
  QuotaExceededError: 'quota_full',
  OpenFailedError: 'storage_refused',
  MissingAPIError: 'storage_refused',
  InvalidStateError: 'storage_refused',
  SecurityError: 'storage_refused',
  UnknownError: 'storage_refused',
  StorageLost: 'storage_lost',
}

/** What a failed change of the store means; null for what is no trouble of storage. Dexie wraps the browser's errors. */
export function storageFailure(error: unknown): StorageFailure | null {
  for (let cause = error as { name?: string; inner?: unknown } | undefined; cause; cause = cause.inner as typeof cause) {
    const failure = BY_NAME[cause.name ?? '']
    // A full disk is the better word where both are said: an open that fails for it says both.
    if (failure && !(failure !== 'quota_full' && isFull(cause.inner))) return failure
  }
  return null
}

function isFull(error: unknown): boolean {
  return (error as { name?: string } | undefined)?.name === 'QuotaExceededError'
}
