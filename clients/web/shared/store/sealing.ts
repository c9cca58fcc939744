/**
 * Customers' data at rest: documents are kept sealed (AES-GCM), row by row, under a key that comes from the session. What
 * the technician did is not: a key that is lost, as with a forgotten PIN, must lose nothing that the server does not have.
 */
import { openWith, sealWith, type Sealed } from '../session/pin.ts'
import type { Document } from '../sync/replica.ts'

export type SealedRow = Sealed & { name: string }
/** As older versions kept it: it is sealed when the store is opened next. */
export type PlainRow = Document & { name: string }

export function isSealed(row: unknown): row is Sealed {
  return typeof row === 'object' && row !== null && 'sealedIv' in row
}

/** Opens rows and seals documents. What is unchanged stays the same object, and is not worked on again. */
export class Sealing {
  readonly #key: CryptoKey
  #known = new Map<string, { iv: string; document: Document }>()

  constructor(key: CryptoKey) {
    this.#key = key
  }

  /** The documents of these rows by name. Throws what the browser says of a row under another key. */
  async opened(rows: readonly (SealedRow | PlainRow)[]): Promise<Map<string, Document>> {
    const documents = await Promise.all(rows.map(row => (isSealed(row) ? this.#openedRow(row) : row)))
    const opened = new Map(rows.map(({ name }, index) => [name, documents[index]!]))
    for (const name of this.#known.keys()) if (!opened.has(name)) this.#known.delete(name)
    return opened
  }

  sealed(documents: readonly (readonly [string, Document])[]): Promise<SealedRow[]> {
    return Promise.all(documents.map(([name, document]) => this.#sealedRow(name, document)))
  }

  /** A value that is no document. */
  seal(value: object): Promise<Sealed> {
    return sealWith(this.#key, value)
  }

  open<Value>(sealed: Sealed): Promise<Value> {
    return openWith<Value>(this.#key, sealed)
  }

  async #sealedRow(name: string, { kind, id, version, doc, scopes, stale }: Document): Promise<SealedRow> {
    const document = { kind, id, version, doc, scopes, stale } // of a plain row, without its name
    const row = { name, ...(await sealWith(this.#key, document)) }
    this.#known.set(name, { iv: String(row.sealedIv), document })
    return row
  }

  async #openedRow(row: SealedRow): Promise<Document> {
    const iv = String(row.sealedIv)
    const known = this.#known.get(row.name)
    if (known?.iv === iv) return known.document
    const document = await openWith<Document>(this.#key, row)
    this.#known.set(row.name, { iv, document })
    return document
  }
}
