import { canonical } from './canonical.ts'
import { MAX_MUTATION_BYTES, MAX_MUTATION_DEPTH, Refused, type Draft, type Sealed } from './protocol.ts'

const encoder = new TextEncoder()

/** SHA-256 of the canonical JSON of a value. */
export async function sha256(value: unknown): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(canonical(value))))
}

/** Bytes as lower-case hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')
}

/** The seal of what was done: every field but its number, so that work may move to another outbox. */
export async function mutationDigest(draft: Draft, base: number | undefined): Promise<string> {
  const { uid, op, kind, id, args, at, off = null, blobs = [] } = draft
  return hex(await sha256({ uid, op, kind, id, base: base ?? null, args, at, off, blobs }))
}

/** The seal of a push: which mutations travel, in which order and under which numbers, to a server of which epoch. */
export async function batchDigest(
  outbox: string,
  epoch: string | null,
  firstMid: number,
  digests: readonly string[],
): Promise<string> {
  return hex(await sha256([outbox, epoch, firstMid, digests]))
}

/**
 * Seals a draft on the version `base` that the person saw. Throws Refused for work that no server would take:
 * too_large, too_deep, nul_character, number_out_of_range, not_utf8. It is told now, not from the queue.
 */
export async function seal(draft: Draft, base: number | undefined): Promise<Sealed> {
  const digest = await mutationDigest(draft, base)
  checkBounds(draft)
  const { off, blobs, ...rest } = draft
  return {
    ...rest,
    ...(off == null ? {} : { off }),
    ...(blobs?.length ? { blobs } : {}),
    ...(base === undefined ? {} : { base }),
    digest,
  }
}

function checkBounds(draft: Draft): void {
  const text = canonical(draft.args)
  const bytes = encoder.encode(text).length + 1024 // the fields beside `args` are bounded by the protocol
  if (bytes > MAX_MUTATION_BYTES) throw new Refused({ code: 'too_large', path: '$', detail: `${bytes} bytes` })
  if (/(?<!\\)(?:\\\\)*\\u0000/.test(text)) throw new Refused({ code: 'nul_character', path: '$.args' })
  if (depth(draft.args) + 1 > MAX_MUTATION_DEPTH) throw new Refused({ code: 'too_deep', path: '$.args' })
}

function depth(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0
  return 1 + Math.max(0, ...Object.values(value).map(depth))
}
