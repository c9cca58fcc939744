/**
 * Whether this phone is notified while the app is closed, by the browser's own push service (Web Push). It is asked for by
 * a button, never unasked; where it cannot be had, an open app hears of changes by the server's stream all the same.
 */
import { Offline, send, type Session } from '../../../shared/flusher/transport.ts'
import type { Wording } from '../../../shared/offline/wording.ts'
import { knowsPush, subscribe as addressFor } from '../../../shared/push/subscription.ts'
import { Refused } from '../../../shared/sync/protocol.ts'
import { PHONE } from '../../../shared/texts/words.ts'
import { to } from '../route.svelte.ts'

/** unsupported: no such browser; unoffered: no such server; blocked: by the person; unreachable: no push service. */
export type PushState = 'on' | 'off' | 'unsupported' | 'unoffered' | 'blocked' | 'unreachable' | 'offline'

const KEY = '/api/v1/push-key'
const SUBSCRIPTION = '/api/v1/push-subscription'

export async function pushState(): Promise<PushState> {
  const worker = await installed()
  if (!worker) return 'unsupported'
  if (Notification.permission === 'denied') return 'blocked'
  return (await worker.pushManager.getSubscription()) ? 'on' : 'off'
}

/** Asks the person, the browser's push service and the server, in this order. What came of it. */
export async function startPush(session: Session): Promise<PushState> {
  const worker = await installed()
  if (!worker) return 'unsupported'
  if ((await Notification.requestPermission()) !== 'granted') return pushState()
  try {
    await subscribe(worker, session)
    return 'on'
  } catch (error) {
    if (error instanceof Offline) return 'offline'
    if (error instanceof Refused) return 'unoffered'
    if (error instanceof DOMException) return 'unreachable'
    throw error
  }
}

/** Notifies this phone no more, with or without a network: the server notices when nobody listens there. */
export async function stopPush(session?: Session): Promise<void> {
  try {
    await (await (await installed())?.pushManager.getSubscription())?.unsubscribe()
    if (session) await ask(session, SUBSCRIPTION, { method: 'DELETE' })
  } catch {
    // What the server still sends there is answered by 410, and ends it.
  }
}

/** Tells the server again where this phone is reached: it may have lost it, or have another key since. */
export async function renewPush(session: Session): Promise<void> {
  const worker = await installed()
  const isOn = worker && Notification.permission === 'granted' && (await worker.pushManager.getSubscription())
  if (isOn) await subscribe(worker, session).catch(() => {}) // the settings tell when it is asked for
}

/** Whoever looks at the app has no need of a notification any more. */
export async function clearNotifications(): Promise<void> {
  if (document.visibilityState !== 'visible') return
  for (const shown of (await (await installed())?.getNotifications()) ?? []) shown.close()
}

async function subscribe(worker: ServiceWorkerRegistration, session: Session): Promise<void> {
  const { public_key } = (await (await ask(session, KEY)).json()) as { public_key: string }
  const address = await addressFor(worker, public_key)
  const headers = { 'content-type': 'application/json' }
  await ask(session, SUBSCRIPTION, { method: 'PUT', headers, body: JSON.stringify(address) })
  worker.active?.postMessage(wording())
}

function wording(): Wording {
  return { title: PHONE.pushTitle, one: PHONE.pushOne, many: PHONE.pushMany, address: to('place', ':id') }
}

/** The service worker where there is one that gets messages. */
async function installed(): Promise<ServiceWorkerRegistration | undefined> {
  return knowsPush() ? navigator.serviceWorker.getRegistration() : undefined
}

/** One request, once more with a renewed proof when the first was not good any more. Throws Offline, Refused. */
async function ask(session: Session, path: string, request: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
  const trip = async () => send(path, { ...request, headers: { ...request.headers, ...(await session.headers(null)) } })
  try {
    return await trip()
  } catch (error) {
    const isOver = error instanceof Refused && error.refusal.code === 'unauthenticated'
    if (!isOver || !(await session.renew(Date.now()))) throw error
    return trip()
  }
}
