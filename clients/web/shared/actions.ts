import type { Beside, HeldFile, Store } from './store/store.ts'
import { estimateOffset } from './sync/clock.ts'
import { hold, HOLD_MS } from './sync/outbox.ts'
import type { JsonObject, Sealed } from './sync/protocol.ts'
import { key, record, type Replica } from './sync/replica.ts'
import { hex, seal } from './sync/seals.ts'
import { newUid } from './sync/uid.ts'

/** One thing that was done about a job, or about a van, by its id: the name of the operation, its arguments, an attachment. */
export type Deed = ({ job: string } | { van: string }) & { op: string; args?: JsonObject; file?: HeldFile }

/** How it is recorded. `isHeld`: it may be taken back for a minute; `notes`: what the device remembers with it. */
export type Manner = { isHeld?: boolean; notes?: NonNullable<Beside['notes']> }

/**
 * Records what was done, all or nothing: it is safe on this device when this resolves. Throws Refused when it
 * is more than a server would take, and what the store throws when it cannot keep it.
 */
export async function perform(store: Store, deeds: readonly Deed[], { isHeld, notes }: Manner = {}): Promise<void> {
  const at = Date.now()
  const off = estimateOffset(await store.samples())
  const { documents } = await store.read()
  const sealed = await Promise.all(
    deeds.map(deed => {
      const { op, args = {}, file } = deed
      const [kind, id] = 'van' in deed ? ['van', deed.van] : ['job', deed.job]
      const blobs = file ? [file.sha256] : []
      return seal({ uid: newUid(at), op, kind, id, args, at, off, blobs }, documents.get(key(kind, id))?.version)
    }),
  )
  const files = deeds.flatMap(({ file }) => file ?? [])
  const heldUntil_ms = isHeld ? at + HOLD_MS : undefined
  await store.change(replica => recorded(replica, sealed, heldUntil_ms), { files, ...(notes ? { notes } : {}) })
}

function recorded(replica: Replica, sealed: readonly Sealed[], heldUntil_ms: number | undefined): Replica {
  const after = sealed.reduce(record, replica)
  return heldUntil_ms === undefined ? after : { ...after, outbox: hold(after.outbox, sealed.length, heldUntil_ms) }
}

/** An attachment under the name of its content. */
export async function fileOf(image: Blob, thumbnail?: Blob): Promise<HeldFile> {
  const body = await image.arrayBuffer()
  const sha256 = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', body)))
  const small = thumbnail ? { thumbnail: await thumbnail.arrayBuffer() } : {}
  return { sha256, media_type: image.type, body, state: 'waiting', ...small }
}
