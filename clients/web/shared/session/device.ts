/**
 * A phone's proof of who it is: a P-256 key that cannot leave the browser, and tokens that rotate. Both live in an
 * IndexedDB of their own, so that they outlive the customers' data and the other way round.
 */
import { Dexie, type Table } from 'dexie'
import { postJson, type Session } from '../flusher/transport.ts'
import { Refused } from '../sync/protocol.ts'

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

type Identity = { name: 'device'; keys: CryptoKeyPair; tokens?: Tokens }

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

/** Who this phone is, undefined before it was enrolled. */
export async function enrolled(): Promise<Tokens | undefined> {
  return (await tables.identities.get('device'))?.tokens
}

/** Exchanges a one-time code for this phone's tokens. `phone`: a name by which the office knows it. Throws Refused, Offline. */
export async function enrol(code: string, phone: string): Promise<Tokens> {
  const keys = (await tables.identities.get('device'))?.keys ?? (await newKeys())
  await tables.identities.put({ name: 'device', keys }) // before the request: the key must outlive a lost answer
  const public_key = base64(await crypto.subtle.exportKey('spki', keys.publicKey))
  const answer = await postJson('/api/v1/devices', { code: code.trim(), public_key, name: phone }, {})
  return keep(keys, (await answer.json()) as Tokens)
}

/** Takes the tokens off this phone. */
export async function forget(): Promise<void> {
  await tables.identities.clear()
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
      if (!identity?.tokens) return false
      if (identity.tokens.access_token !== before) return true // another tab has renewed them meanwhile
      await keep(identity.keys, await refreshed(identity.keys, identity.tokens.refresh_token, now_ms))
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
  await tables.identities.put({ name: 'device', keys, tokens })
  return tokens
}

function newKeys(): Promise<CryptoKeyPair> {
  const extractable = false
  return crypto.subtle.generateKey(CURVE, extractable, ['sign', 'verify'])
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
}
