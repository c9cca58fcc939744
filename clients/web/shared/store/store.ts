import type { OffsetSample } from '../sync/clock.ts'
import type { Replica } from '../sync/replica.ts'

/** An attachment in its own lane: it is kept whole until the server has it, and shown from here afterwards. */
export type HeldFile = {
  sha256: string
  media_type: string
  body: ArrayBuffer
  state: 'waiting' | 'sent' | 'refused'
  /** A small JPEG of it for lists, so that two hundred photos can be shown. */
  thumbnail?: ArrayBuffer
  /** Its upload on the server, once one was begun. */
  upload?: string
}

/** How many attachments are in each state. */
export type FileCounts = Readonly<Record<HeldFile['state'], number>>

/**
 * What belongs to a step and is kept with it or not at all. `notes`: what this device remembers for itself by name, such
 * as the clock that runs; undefined forgets.
 */
export type Beside = { files?: readonly HeldFile[]; notes?: Readonly<Record<string, unknown>> }

/** Where a replica lives. A change is all or nothing, and whoever watches hears of it, in every tab. */
export interface Store {
  read(): Promise<Replica>
  /** Applies one step and keeps its result, together with what belongs to it. */
  change(step: (replica: Replica) => Replica, beside?: Beside): Promise<Replica>
  /** Calls `listener` now and after every change; returns how to stop. `failed` hears why it can be read no more. */
  watch(listener: (replica: Replica) => void, failed?: (error: unknown) => void): () => void
  /** What the trips to the server told about this device's clock, oldest first. */
  samples(): Promise<OffsetSample[]>
  saveSamples(samples: readonly OffsetSample[]): Promise<void>
}
