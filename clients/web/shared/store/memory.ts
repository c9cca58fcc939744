import type { OffsetSample } from '../sync/clock.ts'
import { newReplica, type Replica } from '../sync/replica.ts'
import type { Store } from './store.ts'

/**
 * A replica that lives as long as its page: for clients that never work offline, so that no customer's data stays
 * behind on an office computer or on the phone of whoever opened a link.
 */
export class MemoryStore implements Store {
  #replica: Replica
  #samples: readonly OffsetSample[] = []
  readonly #listeners = new Set<(replica: Replica) => void>()

  constructor(outboxId: string) {
    this.#replica = newReplica(outboxId)
  }

  async read(): Promise<Replica> {
    return this.#replica
  }

  async change(step: (replica: Replica) => Replica): Promise<Replica> {
    this.#replica = step(this.#replica)
    for (const listener of this.#listeners) listener(this.#replica)
    return this.#replica
  }

  watch(listener: (replica: Replica) => void): () => void {
    this.#listeners.add(listener)
    listener(this.#replica)
    return () => this.#listeners.delete(listener)
  }

  async samples(): Promise<OffsetSample[]> {
    return [...this.#samples]
  }

  async saveSamples(samples: readonly OffsetSample[]): Promise<void> {
    this.#samples = samples
  }
}
