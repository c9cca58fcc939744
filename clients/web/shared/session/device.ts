/**
 * A phone's proof of who it is: a P-256 key that cannot leave the browser, and tokens that rotate. Both live in an
 * IndexedDB of their own, so that they outlive the customers' data and the other way round.
 */
import { Dexie, type Table } from 'dexie'
import { postJson, type Session } from '../flusher/transport.ts'
import { Refused } from '../sync/protocol.ts'
import { keyBehind, lockWith, openWith, sealWith, TRIES, type PinLock } from './pin.ts'
import { keyIn, movedVault, newBrowserKey, newVault, type Vault } from './vault.ts'

export type Tokens = {
  device_id: string
  outbox_id: string
  technician_id: string
  technician_name: string
  access_token: string
  access_expires_at: string
  refresh_token: string
  /** How long after the last answer of the server the phone may show what it holds. */
  lease_seconds?: number
}

/**
 * `lock`: the tokens behind a PIN, instead of `tokens`; `stores`: the technicians of whom this phone keeps an outbox, by id,
 * with their names; `vault`: the key of the data that is kept for the present one, opened by `browserKey` or the PIN's.
 */
type Identity = {
  name: 'device'
  keys: CryptoKeyPair
  tokens?: Tokens | undefined
  lock?: PinLock | undefined
  stores?: Record<string, string>
  browserKey?: CryptoKey
  vault?: Vault
}

/** A token that ends while a request is on its way is as good as expired. */
const RENEW_BEFORE_MS = 30_000
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }

class Tables extends Dexie {
  readonly identities!: Table<Identity, string>

  constructor() {
    super('truckroll session')
    this.version(1).stores({ identities: 'name' })
  }
}

const tables = new Tables()

/** Opens the tokens in this tab, once its PIN was given. It lives as long as the tab. */
let pinKey: CryptoKey | undefined

/** Who this phone is, undefined before it was enrolled, and while its PIN was not given. */
export async function enrolled(): Promise<Tokens | undefined> {
  const identity = await tables.identities.get('device')
  return identity && tokensOf(identity)
}

async function tokensOf({ tokens, lock }: Identity): Promise<Tokens | undefined> {
  return lock ? pinKey && openWith<Tokens>(pinKey, lock) : tokens
}

/** How many tries the PIN of this phone has left; null when it has none. */
export async function pinTries(): Promise<number | null> {
  return (await tables.identities.get('device'))?.lock?.triesLeft ?? null
}

/** Puts the tokens behind a PIN. */
export async function setPin(pin: string): Promise<void> {
  const tokens = await enrolled()
  if (!tokens) return
  const { lock, key } = await lockWith(pin, tokens)
  const vault = await vaultBehind(key, true)
  pinKey = key
  await tables.identities.update('device', { lock, tokens: undefined, ...vault })
}

/** Takes the PIN away; it was given before. */
export async function dropPin(): Promise<void> {
  const tokens = await enrolled()
  if (!tokens) return
  const browserKey = (await tables.identities.get('device'))?.browserKey
  const vault = browserKey && (await vaultBehind(browserKey, false))
  await tables.identities.update('device', { lock: undefined, tokens, ...vault })
}

/** Whether this is the PIN. After the last wrong one the tokens are gone: the office gives a new code, the work stays. */
export async function givePin(pin: string): Promise<boolean> {
  const lock = (await tables.identities.get('device'))?.lock
  if (!lock) return false
  await tables.identities.update('device', { lock: { ...lock, triesLeft: lock.triesLeft - 1 } })
  const key = await keyBehind(pin, lock)
  if (key) {
    pinKey = key
    await tables.identities.update('device', { lock: { ...lock, triesLeft: TRIES } })
  } else if (lock.triesLeft <= 1) await forget()
  return key !== null
}

/**
 * The key under which customers' data is kept for a technician: made at first, and again when the old one is lost with its
 * PIN or another technician had this phone. In one tab at a time, so that all tabs have the same.
 */
export async function dataKey(owner: string): Promise<CryptoKey> {
  return navigator.locks.request('truckroll data key', async () => {
    const identity = await tables.identities.get('device')
    const browserKey = identity?.browserKey ?? (await newBrowserKey())
    const isByPin = !!(identity?.lock && pinKey)
    const key = isByPin ? pinKey! : browserKey
    const kept = identity?.vault?.owner === owner && identity.vault.isByPin === isByPin && (await opened(identity.vault, key))
    if (kept) return kept
    const vault = await newVault(owner, key, isByPin)
    await tables.identities.update('device', { browserKey, vault })
    return keyIn(vault, key)
  })
}

/** What is in a vault; null when this is not its key. */
async function opened(vault: Vault, key: CryptoKey): Promise<CryptoKey | null> {
  return keyIn(vault, key).catch(() => null)
}

/** The vault of this phone behind another key; nothing when there is none that opens. */
async function vaultBehind(key: CryptoKey, isByPin: boolean): Promise<{ vault?: Vault }> {
  const { vault, browserKey } = (await tables.identities.get('device')) ?? {}
  const present = vault?.isByPin ? pinKey : browserKey
  if (!vault || !present) return {}
  return { vault: await movedVault(vault, present, key, isByPin) }
}

/** Exchanges a one-time code for this phone's tokens. `phone`: a name by which the office knows it. Throws Refused, Offline. */
export async function enrol(code: string, phone: string): Promise<Tokens> {
  const { keys = await newKeys(), stores = {}, browserKey, vault } = (await tables.identities.get('device')) ?? {}
  const kept = { stores, ...(browserKey && { browserKey }), ...(vault && { vault }) }
  await tables.identities.put({ name: 'device', keys, ...kept }) // before the request: the key must outlive a lost answer
  const public_key = base64(await crypto.subtle.exportKey('spki', keys.publicKey))
  const answer = await postJson('/api/v1/devices', { code: code.trim(), public_key, name: phone }, {})
  return keep(keys, (await answer.json()) as Tokens)
}

/** Takes the tokens off this phone. That it keeps somebody's outbox is not forgotten. */
export async function forget(): Promise<void> {
  const identity = await tables.identities.get('device')
  const { stores } = identity ?? {}
  if (identity && stores) await tables.identities.put({ name: 'device', keys: await newKeys(), stores })
  else await tables.identities.clear()
}

/** The technicians of whom this phone keeps an outbox: names by id. */
export async function keptStores(): Promise<Record<string, string>> {
  return (await tables.identities.get('device'))?.stores ?? {}
}

/** Notes that this phone keeps a technician's outbox, so that it is noticed when the browser throws it away. */
export async function noteStore({ technician_id, technician_name }: Tokens): Promise<void> {
  const identity = await tables.identities.get('device')
  const stores = { ...identity?.stores, [technician_id]: technician_name }
  await tables.identities.update('device', { stores })
}

export class DeviceSession implements Session {
  async headers(now_ms: number | null): Promise<Record<string, string>> {
    const tokens = await enrolled()
    if (!tokens) throw new Refused({ code: 'unauthenticated' })
    // A clock that was never compared says nothing about an expiry: then the server's 401 does.
    const isEnding = now_ms !== null && Date.parse(tokens.access_expires_at) - now_ms < RENEW_BEFORE_MS
    if (isEnding) await this.#renewIfAllowed(now_ms)
    const fresh = isEnding ? await enrolled() : tokens
    return { authorization: `Bearer ${fresh!.access_token}` }
  }

  /** A revoked phone gets no other token, and its old one still takes its work into quarantine. Throws Offline. */
  async #renewIfAllowed(now_ms: number): Promise<void> {
    try {
      await this.renew(now_ms)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
    }
  }

  /** Rotates the tokens, in one tab at a time. Throws Refused (bad_refresh, device_revoked), Offline. */
  async renew(now_ms: number): Promise<boolean> {
    const before = (await enrolled())?.access_token
    return navigator.locks.request('truckroll tokens', async () => {
      const identity = await tables.identities.get('device')
      const tokens = identity && (await tokensOf(identity))
      if (!tokens) return false
      if (tokens.access_token !== before) return true // another tab has renewed them meanwhile
      await keep(identity.keys, await refreshed(identity.keys, tokens.refresh_token, now_ms))
      return true
    })
  }
}

async function refreshed(keys: CryptoKeyPair, refresh_token: string, now_ms: number): Promise<Tokens> {
  const signed_at = new Date(now_ms).toISOString()
  const proof = new TextEncoder().encode(`${refresh_token}.${signed_at}`)
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, proof)
  const body = { refresh_token, signed_at, signature: base64(signature) }
  return (await (await postJson('/api/v1/devices/tokens', body, {})).json()) as Tokens
}

async function keep(keys: CryptoKeyPair, tokens: Tokens): Promise<Tokens> {
  const { lock, tokens: _, ...kept } = (await tables.identities.get('device')) ?? {}
  const secret = lock && pinKey ? { lock: { ...lock, ...(await sealWith(pinKey, tokens)) } } : { tokens }
  await tables.identities.put({ ...kept, name: 'device', keys, ...secret })
  return tokens
}

function newKeys(): Promise<CryptoKeyPair> {
  const extractable = false
  return crypto.subtle.generateKey(CURVE, extractable, ['sign', 'verify'])
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
}
