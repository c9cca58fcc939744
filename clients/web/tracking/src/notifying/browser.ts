/** Whether this browser tells the customer what happens while the page is closed, and how that is asked for. */
import { knowsPush, subscribe } from '../../../shared/push/subscription.ts'
import type { Refused, Server, Visit } from '../server.ts'

/** blocked: by the person, or by the browser's settings; unreachable: there is no push service. */
export type Hindrance = 'blocked' | 'unreachable'

/** The page's service worker, which is there only for notifications. */
const WORKER = 'sw.js'

/** The server's key where this browser can be notified by this server; null where it cannot. Throws Refused. */
export async function keyFor(server: Server): Promise<string | null> {
  if (!import.meta.env.PROD || !knowsPush()) return null
  try {
    return (await server.pushKey()).public_key
  } catch (error) {
    if ((error as Refused).code === 'no_push') return null
    throw error
  }
}

/** Whether it is this browser that is told at the address. */
export async function isTold(endpoint: string | null): Promise<boolean> {
  const subscription = endpoint && (await (await navigator.serviceWorker.getRegistration())?.pushManager.getSubscription())
  return Boolean(subscription) && (subscription as PushSubscription).endpoint === endpoint
}

/** Asks the person, the browser's push service and the server, in this order; the visit, or what is in the way. Throws Refused. */
export async function start(server: Server, publicKey: string): Promise<Visit | Hindrance> {
  if ((await Notification.requestPermission()) !== 'granted') return 'blocked'
  try {
    await navigator.serviceWorker.register(WORKER)
    return await server.notify(await subscribe(await navigator.serviceWorker.ready, publicKey))
  } catch (error) {
    if (error instanceof DOMException) return 'unreachable'
    throw error
  }
}
