import { Dexie, liveQuery, type Table } from 'dexie'
import type { OffsetSample } from '../sync/clock.ts'
import type { Entry } from '../sync/outbox.ts'
import { newReplica, type Document, type Replica } from '../sync/replica.ts'
import type { HeldFile, Store } from './store.ts'

type NamedDocument = Document & { name: string }
type NumberedEntry = Entry & { uid: string }
/** Everything of a replica but its documents and entries. `name` is always 'replica'. */
type Head = {
  name: 'replica'
  outbox: string
  nextMid: number
  durableMid: number
  cursor: string | null
  epoch: string | null
  lastMid: number
}
type Clock = { name: 'clock'; samples: OffsetSample[] }

class Tables extends Dexie {
  readonly documents!: Table<NamedDocument, string>
  readonly entries!: Table<NumberedEntry, string>
  readonly heads!: Table<Head | Clock, string>
  readonly files!: Table<HeldFile, string>

  constructor(name: string) {
    // 'strict' writes through to the disk: what a technician did must survive a phone that dies the next second.
    super(name, { chromeTransactionDurability: 'strict' })
    this.version(1).stores({ documents: 'name', entries: 'uid', heads: 'name', files: 'sha256, state' })
  }
}

/** A replica in IndexedDB, one database per technician, so that nobody's outbox gets into another's hands. */
export class DurableStore implements Store {
  readonly #tables: Tables
  readonly #outboxId: string

  /** `outboxId`: of a new store; one that holds an outbox keeps its own. */
  constructor(owner: string, outboxId: string) {
    this.#tables = new Tables(`truckroll ${owner}`)
    this.#outboxId = outboxId
  }

  read(): Promise<Replica> {
    const { documents, entries, heads } = this.#tables
    return this.#tables.transaction('r', [documents, entries, heads], () => this.#load())
  }

  change(step: (replica: Replica) => Replica, ...files: HeldFile[]): Promise<Replica> {
    const { documents, entries, heads } = this.#tables
    return this.#tables.transaction('rw', [documents, entries, heads, this.#tables.files], async () => {
      const before = await this.#load()
      const after = step(before)
      await this.#save(before, after)
      await this.#tables.files.bulkPut(files)
      return after
    })
  }

  watch(listener: (replica: Replica) => void): () => void {
    const subscription = liveQuery(() => this.read()).subscribe(listener)
    return () => subscription.unsubscribe()
  }

  async samples(): Promise<OffsetSample[]> {
    const clock = await this.#tables.heads.get('clock')
    return clock?.name === 'clock' ? clock.samples : []
  }

  async saveSamples(samples: readonly OffsetSample[]): Promise<void> {
    await this.#tables.heads.put({ name: 'clock', samples: [...samples] })
  }

  /** Attachments that the server does not have yet. */
  waitingFiles(): Promise<HeldFile[]> {
    return this.#tables.files.where('state').equals('waiting').toArray()
  }

  file(sha256: string): Promise<HeldFile | undefined> {
    return this.#tables.files.get(sha256)
  }

  async markFile(sha256: string, state: HeldFile['state']): Promise<void> {
    await this.#tables.files.update(sha256, { state })
  }

  /** Where this attachment is being sent to, so that the next try goes on there. */
  async markUpload(sha256: string, upload: string): Promise<void> {
    await this.#tables.files.update(sha256, { upload })
  }

  /** Calls `listener` with the attachments that wait, now and after every change. */
  watchFiles(listener: (files: HeldFile[]) => void): () => void {
    const subscription = liveQuery(() => this.waitingFiles()).subscribe(listener)
    return () => subscription.unsubscribe()
  }

  /** Lets go of sent attachments that no document names any more. */
  async forgetFiles(): Promise<void> {
    const named = JSON.stringify([...(await this.read()).documents.values()].map(document => document.doc))
    const sent = await this.#tables.files.where('state').equals('sent').primaryKeys()
    await this.#tables.files.bulkDelete(sent.filter(sha256 => !named.includes(sha256)))
  }

  /** Takes the customers' data off this device. The technician's own work stays until it is sent. */
  async wipeDocuments(): Promise<void> {
    await this.change(replica => ({ ...replica, cursor: null, documents: new Map() }))
  }

  async #load(): Promise<Replica> {
    const head = await this.#tables.heads.get('replica')
    if (head?.name !== 'replica') return newReplica(this.#outboxId)
    const entries = await this.#tables.entries.toArray()
    const documents = await this.#tables.documents.toArray()
    return {
      outbox: {
        id: head.outbox,
        nextMid: head.nextMid,
        durableMid: head.durableMid,
        entries: entries.sort((one, other) => one.mutation.mid - other.mutation.mid),
      },
      cursor: head.cursor,
      epoch: head.epoch,
      lastMid: head.lastMid,
      documents: new Map(documents.map(document => [document.name, document])),
    }
  }

  /** Writes what changed: the steps of a replica keep what they did not touch as the same object. */
  async #save(before: Replica, after: Replica): Promise<void> {
    const { documents, entries, heads } = this.#tables
    const changed = [...after.documents].filter(([name, document]) => before.documents.get(name) !== document)
    await documents.bulkPut(changed.map(([name, document]) => ({ ...document, name })))
    await documents.bulkDelete([...before.documents.keys()].filter(name => !after.documents.has(name)))
    const held = new Set(before.outbox.entries)
    const kept = new Set(after.outbox.entries.map(entry => entry.mutation.uid))
    await entries.bulkPut(
      after.outbox.entries.filter(entry => !held.has(entry)).map(entry => ({ ...entry, uid: entry.mutation.uid })),
    )
    await entries.bulkDelete(before.outbox.entries.map(entry => entry.mutation.uid).filter(uid => !kept.has(uid)))
    const { id, nextMid, durableMid } = after.outbox
    const { cursor, epoch, lastMid } = after
    await heads.put({ name: 'replica', outbox: id, nextMid, durableMid, cursor, epoch, lastMid })
  }
}
