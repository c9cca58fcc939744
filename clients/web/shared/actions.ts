import type { HeldFile, Store } from './store/store.ts'
import { estimateOffset } from './sync/clock.ts'
import type { JsonObject } from './sync/protocol.ts'
import { key, record } from './sync/replica.ts'
import { hex, seal } from './sync/seals.ts'
import { newUid } from './sync/uid.ts'

/**
 * Records one thing that was done about a job: it is safe on this device when this resolves, with its attachment.
 * Throws Refused when it is more than a server would take.
 */
export async function perform(store: Store, jobId: string, op: string, args: JsonObject = {}, file?: HeldFile): Promise<void> {
  const at = Date.now()
  const off = estimateOffset(await store.samples())
  const seen = (await store.read()).documents.get(key('job', jobId))
  const blobs = file ? [file.sha256] : []
  const sealed = await seal({ uid: newUid(at), op, kind: 'job', id: jobId, args, at, off, blobs }, seen?.version)
  await store.change(replica => record(replica, sealed), ...(file ? [file] : []))
}

/** An attachment under the name of its content. */
export async function fileOf(image: Blob): Promise<HeldFile> {
  const body = await image.arrayBuffer()
  const sha256 = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', body)))
  return { sha256, media_type: image.type, body, state: 'waiting' }
}
