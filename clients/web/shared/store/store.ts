import type { OffsetSample } from '../sync/clock.ts'
import type { Replica } from '../sync/replica.ts'

/** An attachment in its own lane: it is kept whole until the server has it, and shown from here afterwards. */
export type HeldFile = {
  sha256: string
  media_type: string
  body: ArrayBuffer
  state: 'waiting' | 'sent' | 'refused'
  /** Its upload on the server, once one was begun. */
  upload?: string
}

/** Where a replica lives. A change is all or nothing, and whoever watches hears of it, in every tab. */
export interface Store {
  read(): Promise<Replica>
  /** Applies one step and keeps its result, together with the files that belong to it. */
  change(step: (replica: Replica) => Replica, ...files: HeldFile[]): Promise<Replica>
  /** Calls `listener` now and after every change; returns how to stop. */
  watch(listener: (replica: Replica) => void): () => void
  /** What the trips to the server told about this device's clock, oldest first. */
  samples(): Promise<OffsetSample[]>
  saveSamples(samples: readonly OffsetSample[]): Promise<void>
}
