/**
 * The key under which one technician's copy of customers' data is kept on this phone. It is random, and kept sealed itself:
 * by a key of this browser that cannot leave it, or, once there is a PIN, by the key that is made of the PIN.
 */
import { openWith, sealWith, type Sealed } from './pin.ts'

/** `owner`: whose data; `isByPin`: which of the two keys opens it. */
export type Vault = Sealed & { owner: string; isByPin: boolean }

const AES = { name: 'AES-GCM', length: 256 }
const KEY_BYTES = 32

/** The key of this browser. Whoever copies its storage whole may have it, too: against them is the PIN. */
export function newBrowserKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey(AES, false, ['encrypt', 'decrypt'])
}

/** A vault with a new key in it. */
export async function newVault(owner: string, key: CryptoKey, isByPin: boolean): Promise<Vault> {
  return { owner, isByPin, ...(await sealWith(key, { raw: [...crypto.getRandomValues(new Uint8Array(KEY_BYTES))] })) }
}

/** The same key behind another one. Throws what the browser says of the wrong `from`. */
export async function movedVault(vault: Vault, from: CryptoKey, to: CryptoKey, isByPin: boolean): Promise<Vault> {
  return { ...vault, isByPin, ...(await sealWith(to, await openWith<object>(from, vault))) }
}

/** What is in a vault, to be used and not to be told. Throws what the browser says of the wrong `key`. */
export async function keyIn(vault: Vault, key: CryptoKey): Promise<CryptoKey> {
  const { raw } = await openWith<{ raw: number[] }>(key, vault)
  return crypto.subtle.importKey('raw', new Uint8Array(raw), AES, false, ['encrypt', 'decrypt'])
}
