import type { Kinds } from './documents.ts'
import { NO_STATUS, type Status } from './flusher/status.ts'
import type { Store } from './store/store.ts'
import { APPLIERS } from './sync/optimistic.ts'
import { attention, countIn } from './sync/outbox.ts'
import { newReplica, shown, type Replica } from './sync/replica.ts'

/** A replica as a page sees it: base + pending = shown, and how things stand with the server. */
export class Live {
  replica = $state.raw<Replica>(newReplica(''))
  status = $state.raw<Status>(NO_STATUS)
  /** False until the store was read for the first time: nothing held is not the same as nothing read. */
  isRead = $state(false)

  readonly shown = $derived(shown(this.replica, APPLIERS))
  readonly savedCount = $derived(countIn(this.replica.outbox, 'queued', 'retry'))
  readonly sendingCount = $derived(countIn(this.replica.outbox, 'sent'))
  readonly refused = $derived(attention(this.replica.outbox))

  /** Follows a store; returns how to stop. `failed` hears why it can be read no more. */
  follow(store: Store, failed?: (error: unknown) => void): () => void {
    const take = (replica: Replica) => {
      this.replica = replica
      this.isRead = true
    }
    return store.watch(take, failed)
  }

  /** All documents of a kind, in no order. */
  all<Kind extends keyof Kinds>(kind: Kind): Kinds[Kind][] {
    const documents = [...this.shown].filter(([name]) => name.startsWith(`${kind}/`))
    return documents.map(([, document]) => document as unknown as Kinds[Kind])
  }

  one<Kind extends keyof Kinds>(kind: Kind, id: string): Kinds[Kind] | undefined {
    return this.shown.get(`${kind}/${id}`) as unknown as Kinds[Kind] | undefined
  }
}
