import { packed } from './packing.ts'
import { Refused, type Refusal } from '../sync/protocol.ts'
import { GARBAGE } from './status.ts'

/** There is no way to the server: what was done waits in the outbox. */
export class Offline extends Error {}

/** How a client proves who it is. */
export interface Session {
  /** What every request carries. `now_ms`: the server's clock, as far as it is known. */
  headers(now_ms: number | null): Promise<Record<string, string>>
  /** After a 401: whether there is a new proof to try again with. */
  renew(now_ms: number): Promise<boolean>
}

/** Sends one message and reads the answer. Throws Offline, and Refused with what the server says. */
export async function send(path: string, request: RequestInit): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(path, { cache: 'no-store', ...request })
  } catch (error) {
    throw request.signal?.aborted ? error : new Offline(path, { cause: error })
  }
  if (answer.ok) return answer
  throw new Refused(await refusal(answer))
}

/** An answer's message. Throws Refused where it is none of the protocol: a network's log-in page says yes to everything. */
export async function messageOf<Answer extends { time: number }>(answer: Response): Promise<Answer> {
  const message = (await answer.json().catch(() => null)) as Partial<Answer> | null
  if (typeof message?.time !== 'number') throw new Refused({ code: GARBAGE })
  return message as Answer
}

/** Sends a message of the sync protocol, packed when that saves something. */
export async function postMessage(path: string, message: unknown, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
  const { body, headers: own } = await packed(message)
  return send(path, { method: 'POST', body, headers: { ...own, ...headers }, ...(signal ? { signal } : {}) })
}

export function postJson(path: string, message: unknown, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
  return send(path, {
    method: 'POST',
    body: JSON.stringify(message),
    headers: { 'content-type': 'application/json', ...headers },
    ...(signal ? { signal } : {}),
  })
}

async function refusal(answer: Response): Promise<Refusal> {
  const seconds = Number(answer.headers.get('retry-after'))
  const wait = Number.isFinite(seconds) && seconds > 0 ? { retry_after_ms: seconds * 1000 } : {}
  const code = answer.status > 500 ? 'busy' : `http_${answer.status}` // a gateway's word is that somebody else is busy
  try {
    return { code, ...wait, ...((await answer.json()) as Partial<Refusal>) }
  } catch {
    return { code, ...wait }
  }
}
