import type { DurableStore } from '../store/durable.ts'
import type { HeldFile } from '../store/store.ts'
import { Refused } from '../sync/protocol.ts'
import { hex } from '../sync/seals.ts'
import type { Session } from './transport.ts'
import { upload } from './uploads.ts'
import { backoff, pause } from './waiting.ts'

/** Refusals that the same bytes get again and again: the file is kept here, and not sent any more. */
const FINAL: ReadonlySet<string> = new Set(['wrong_media_type', 'file_too_large', 'file_empty', 'not_a_sha256', 'too_large'])

/** The lane of attachments: it runs beside the flusher, so that a photo never holds up a status. */
export async function sendFiles(store: DurableStore, session: Session, lock: string, signal: AbortSignal): Promise<void> {
  let news = new AbortController()
  const wake = () => news.abort()
  const stopWatching = store.watchFiles(({ waiting }) => waiting && wake())
  addEventListener('online', wake, { signal })
  signal.addEventListener('abort', wake)
  const loop = async () => {
    let failures = 0
    while (!signal.aborted) {
      news = new AbortController()
      const file = await store.waitingFile()
      if (file && navigator.onLine && (await sendOne(store, session, file))) failures = 0
      else await pause(file ? backoff(++failures, Math.random) : LOOK_AGAIN_MS, news.signal)
    }
  }
  try {
    await navigator.locks.request(lock, { signal }, loop)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    stopWatching()
  }
}

/** A change of the store wakes the lane; this is for the tab that missed one. */
const LOOK_AGAIN_MS = 60_000

async function sendOne(store: DurableStore, session: Session, file: HeldFile): Promise<boolean> {
  const { sha256 } = file
  try {
    await upload(file, session, url => store.markUpload(sha256, url))
    await store.markFile(sha256, 'sent')
    return true
  } catch (error) {
    if (error instanceof Refused && (await isFinal(error.refusal.code, file))) await store.markFile(sha256, 'refused')
    return false
  }
}

/** Bytes that were damaged on the way are sent again; those that were damaged here, never. */
async function isFinal(code: string, { sha256, body }: HeldFile): Promise<boolean> {
  if (code !== 'wrong_hash') return FINAL.has(code)
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', body))) !== sha256
}
