import { Dexie, liveQuery, type Table } from 'dexie'
import type { OffsetSample } from '../sync/clock.ts'
import type { Entry, Outbox } from '../sync/outbox.ts'
import { newReplica, type Replica } from '../sync/replica.ts'
import { StorageLost } from './failures.ts'
import { isSealed, Sealing, type PlainRow, type SealedRow } from './sealing.ts'
import type { Beside, FileCounts, HeldFile, Store } from './store.ts'

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
type NoteToSelf = { name: string; value: unknown }

/** What is remembered of customers. All other notes are of the technician, and outlive the key. */
const SEALED_NOTES: ReadonlySet<string> = new Set(['seenJobs', 'histories'])

class Tables extends Dexie {
  readonly documents!: Table<SealedRow | PlainRow, string>
  readonly entries!: Table<NumberedEntry, string>
  readonly heads!: Table<Head | Clock, string>
  readonly files!: Table<HeldFile, string>
  readonly notes!: Table<NoteToSelf, string>

  constructor(name: string) {
    // 'strict' writes through to the disk: what a technician did must survive a phone that dies the next second.
    super(name, { chromeTransactionDurability: 'strict' })
    this.version(1).stores({ documents: 'name', entries: 'uid', heads: 'name', files: 'sha256, state' })
    this.version(2).stores({ notes: 'name' })
    // The tables are the same, their rows are not: a tab with an older version lets go of the store instead of misreading it.
    this.version(3).stores({})
  }
}

/** A replica in IndexedDB, one database per technician, so that nobody's outbox gets into another's hands. */
export class DurableStore implements Store {
  readonly #tables: Tables
  readonly #outboxId: string
  readonly #sealing: Sealing
  #isOpen = false

  /** `outboxId`: of a new store, one that holds an outbox keeps its own; `key`: under which customers' data is kept. */
  constructor(owner: string, outboxId: string, key: CryptoKey) {
    this.#tables = new Tables(`truckroll ${owner}`)
    this.#outboxId = outboxId
    this.#sealing = new Sealing(key)
  }

  read(): Promise<Replica> {
    const { documents, entries, heads } = this.#tables
    return this.#tables.transaction('r', [documents, entries, heads], () => this.#load())
  }

  change(step: (replica: Replica) => Replica, { files = [], notes = {} }: Beside = {}): Promise<Replica> {
    const tables = this.#tables
    return tables.transaction('rw', [tables.documents, tables.entries, tables.heads, tables.files, tables.notes], async () => {
      const before = await this.#load()
      const after = step(before)
      await this.#save(before, after)
      await tables.files.bulkPut([...files])
      await this.#remember(notes)
      return after
    })
  }

  /**
   * Opens the database; whether anything was kept there before. From then on it is never taken for a new one: when it is
   * emptied, reading throws StorageLost. Throws what the browser says when it does not let the database be opened.
   */
  async open(): Promise<{ isNew: boolean }> {
    await this.#tables.open()
    const isNew = (await this.#tables.heads.get('replica')) === undefined
    if (isNew) await this.change(replica => replica)
    else await this.#takeOver()
    this.#isOpen = true
    return { isNew }
  }

  close(): void {
    this.#tables.close()
  }

  /** `failed` hears why the store can be read no more. */
  watch(listener: (replica: Replica) => void, failed?: (error: unknown) => void): () => void {
    const subscription = liveQuery(() => this.read()).subscribe({ next: listener, error: error => failed?.(error) })
    return () => subscription.unsubscribe()
  }

  /** Keeps what this device remembers for itself. */
  async remember(notes: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#tables.transaction('rw', this.#tables.notes, () => this.#remember(notes))
  }

  /** Calls `listener` with all that this device remembers for itself, now and after every change. */
  watchNotes(listener: (notes: Record<string, unknown>) => void): () => void {
    const all = async () => Object.fromEntries(await this.#notes())
    const subscription = liveQuery(all).subscribe({ next: listener, error: () => {} }) // `watch` tells of the same trouble
    return () => subscription.unsubscribe()
  }

  async samples(): Promise<OffsetSample[]> {
    const clock = await this.#tables.heads.get('clock')
    return clock?.name === 'clock' ? clock.samples : []
  }

  async saveSamples(samples: readonly OffsetSample[]): Promise<void> {
    await this.#tables.heads.put({ name: 'clock', samples: [...samples] })
  }

  /** An attachment that the server does not have yet: one, because all together may not fit into memory. */
  waitingFile(): Promise<HeldFile | undefined> {
    return this.#tables.files.where('state').equals('waiting').first()
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

  /** Calls `listener` with the numbers of attachments, now and after every change. */
  watchFiles(listener: (counts: FileCounts) => void): () => void {
    const subscription = liveQuery(() => this.#countFiles()).subscribe({ next: listener, error: () => {} })
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
    const notes = Object.fromEntries([...SEALED_NOTES].map(name => [name, undefined]))
    await this.change(replica => ({ ...replica, cursor: null, documents: new Map() }), { notes })
  }

  /** Seals what a version before kept plain; what another key sealed is let go of, and fetched again. */
  async #takeOver(): Promise<void> {
    const documents = await this.#tables.documents.toArray()
    const notes = await this.#tables.notes.bulkGet([...SEALED_NOTES])
    const opening = [this.#sealing.opened(documents), ...notes.map(note => isSealed(note?.value) && this.#sealing.open(note.value))]
    if (!(await Promise.all(opening).then(() => true, () => false))) return this.#letGo()
    if (!documents.every(isSealed)) await this.change(replica => replica)
    for (const note of notes) if (note && !isSealed(note.value)) await this.remember({ [note.name]: note.value })
  }

  /** What was done here stays: it is the technician's own, and is kept under no key that can be lost. */
  async #letGo(): Promise<void> {
    const { documents, heads, notes } = this.#tables
    await this.#tables.transaction('rw', [documents, heads, notes], async () => {
      const head = await heads.get('replica')
      if (head?.name === 'replica') await heads.put({ ...head, cursor: null })
      await documents.clear()
      await notes.bulkDelete([...SEALED_NOTES])
    })
  }

  async #countFiles(): Promise<FileCounts> {
    const count = (state: HeldFile['state']) => this.#tables.files.where('state').equals(state).count()
    return { waiting: await count('waiting'), sent: await count('sent'), refused: await count('refused') }
  }

  async #notes(): Promise<[string, unknown][]> {
    const rows = await this.#tables.notes.toArray()
    return Promise.all(rows.map(async ({ name, value }) => [name, isSealed(value) ? await this.#sealing.open(value) : value]))
  }

  async #remember(notes: Readonly<Record<string, unknown>>): Promise<void> {
    for (const [name, value] of Object.entries(notes)) {
      if (value === undefined) await this.#tables.notes.delete(name)
      else await this.#tables.notes.put({ name, value: SEALED_NOTES.has(name) ? await meanwhile(() => this.#sealing.seal(value as object)) : value })
    }
  }

  async #load(): Promise<Replica> {
    const head = await this.#tables.heads.get('replica')
    if (head?.name !== 'replica') {
      if (this.#isOpen) throw new StorageLost()
      return newReplica(this.#outboxId)
    }
    const rows = await this.#tables.documents.toArray()
    const documents = await meanwhile(() => this.#sealing.opened(rows)).catch(keyChanged)
    return {
      outbox: await outboxIn(this.#tables, head),
      cursor: head.cursor,
      epoch: head.epoch,
      lastMid: head.lastMid,
      documents,
    }
  }

  /** Writes what changed: the steps of a replica keep what they did not touch as the same object. */
  async #save(before: Replica, after: Replica): Promise<void> {
    const { documents, entries, heads } = this.#tables
    const changed = [...after.documents].filter(
      // What is in a row as it is, was never sealed.
      ([name, document]) => before.documents.get(name) !== document || 'name' in document,
    )
    if (changed.length) await documents.bulkPut(await meanwhile(() => this.#sealing.sealed(changed)))
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

/** The outbox that is kept for a technician, whose documents nobody can open now. */
export async function keptOutbox(owner: string): Promise<Outbox> {
  const tables = new Tables(`truckroll ${owner}`)
  try {
    const head = await tables.heads.get('replica')
    return head?.name === 'replica' ? await outboxIn(tables, head) : newReplica('').outbox
  } finally {
    tables.close()
  }
}

async function outboxIn({ entries }: Tables, { outbox: id, nextMid, durableMid }: Head): Promise<Outbox> {
  const held = await entries.toArray()
  return { id, nextMid, durableMid, entries: held.sort((one, other) => one.mutation.mid - other.mutation.mid) }
}

/** Work that asks nothing of the database, for which a transaction would end by itself: it is kept open meanwhile. */
function meanwhile<Result>(work: () => Promise<Result>): Promise<Result> {
  return Dexie.waitFor(Dexie.ignoreTransaction(work))
}

/** Another tab enrolled this phone anew: what it keeps is under another key, as if the store had been emptied. */
function keyChanged(): never {
  throw new StorageLost()
}
