import { hex, sha256 } from './seals.ts'

const MARK_BYTES = 16

/** Digest of the documents (kind, id, version) of a scope, in any order: how many, and the XOR of their hashes. */
export async function scopeDigest(documents: readonly (readonly [string, string, number])[]): Promise<string> {
  const mark = new Uint8Array(MARK_BYTES)
  for (const document of documents) {
    const hash = await sha256(document)
    mark.forEach((byte, index) => (mark[index] = byte ^ hash[index]!))
  }
  return `${documents.length}:${hex(mark)}`
}
