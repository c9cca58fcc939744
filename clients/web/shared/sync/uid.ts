import { hex } from './seals.ts'

/** A UUIDv7: unique over all devices, in the order of the device's clock (RFC 9562 section 5.7). */
export function newUid(now_ms: number): string {
  const raw = crypto.getRandomValues(new Uint8Array(16))
  for (let index = 0; index < 6; index++) raw[index] = Math.floor(now_ms / 2 ** (8 * (5 - index))) % 256
  raw[6] = 0x70 | (raw[6]! & 0x0f)
  raw[8] = 0x80 | (raw[8]! & 0x3f)
  const text = hex(raw)
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-')
}
