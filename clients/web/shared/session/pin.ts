/**
 * A PIN before this phone's tokens: they are kept encrypted by a random key, which is kept wrapped by a key that is made of
 * the PIN. Short PINs fall to whoever copies the storage and has time; slow derivation and few tries are against the person
 * who picks the phone up, and the phone's own encryption is against the other.
 */

/** Something that only its key opens. */
export type Sealed = { sealed: ArrayBuffer; sealedIv: Uint8Array<ArrayBuffer> }

/** What is kept instead of the tokens. `triesLeft` counts down before each try, so that a reload gives none back. */
export type PinLock = Sealed & {
  salt: Uint8Array<ArrayBuffer>
  wrapped: ArrayBuffer
  wrappedIv: Uint8Array<ArrayBuffer>
  triesLeft: number
}

export const TRIES = 8
export const PIN_FORM = /^\d{4,8}$/
/** OWASP's number for PBKDF2 with SHA-256 (Password Storage Cheat Sheet, 2023): half a second on a phone. */
const ITERATIONS = 600_000
const AES = { name: 'AES-GCM', length: 256 }
const IV_BYTES = 12
const SALT_BYTES = 16

/** Locks a secret with a PIN; also gives the key by which it is sealed again while the phone is open. */
export async function lockWith(pin: string, secret: object): Promise<{ lock: PinLock; key: CryptoKey }> {
  const [salt, wrappedIv] = [random(SALT_BYTES), random(IV_BYTES)]
  const key = await crypto.subtle.generateKey(AES, true, ['encrypt', 'decrypt'])
  const wrapped = await crypto.subtle.wrapKey('raw', key, await keyOf(pin, salt), { name: 'AES-GCM', iv: wrappedIv })
  return { lock: { salt, wrapped, wrappedIv, triesLeft: TRIES, ...(await sealWith(key, secret)) }, key }
}

/** The key behind a PIN; null when it is the wrong one. */
export async function keyBehind(pin: string, { salt, wrapped, wrappedIv }: PinLock): Promise<CryptoKey | null> {
  const wrapping = await keyOf(pin, salt)
  try {
    const iv = { name: 'AES-GCM', iv: wrappedIv }
    return await crypto.subtle.unwrapKey('raw', wrapped, wrapping, iv, AES, false, ['encrypt', 'decrypt'])
  } catch {
    return null // AES-GCM authenticates: a wrong key does not open anything
  }
}

export async function sealWith(key: CryptoKey, secret: object): Promise<Sealed> {
  const sealedIv = random(IV_BYTES)
  const plain = new TextEncoder().encode(JSON.stringify(secret))
  return { sealed: await crypto.subtle.encrypt({ name: 'AES-GCM', iv: sealedIv }, key, plain), sealedIv }
}

export async function openWith<Secret>(key: CryptoKey, { sealed, sealedIv }: Sealed): Promise<Secret> {
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealedIv }, key, sealed)
  return JSON.parse(new TextDecoder().decode(plain)) as Secret
}

async function keyOf(pin: string, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const raw = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveKey'])
  const derivation = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ITERATIONS }
  return crypto.subtle.deriveKey(derivation, raw, AES, false, ['wrapKey', 'unwrapKey'])
}

function random(bytes: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(bytes))
}
