/**
 * What a browser does to be notified while its page is closed (Web Push): it gets an address of its push service for the
 * server's key. To whom the address is told, and what is shown for a message, is each client's own.
 */

/** The address, and the keys that this browser alone opens messages with: as the server takes them. */
export type Address = { endpoint: string; p256dh: string; auth: string }

/** Whether this browser knows notifications at all. */
export function knowsPush(): boolean {
  return 'PushManager' in window && 'Notification' in window && 'serviceWorker' in navigator
}

/** The address for this key; one for another key is given up. Throws DOMException where no push service is reached. */
export async function subscribe({ pushManager }: ServiceWorkerRegistration, publicKey: string): Promise<Address> {
  const before = await pushManager.getSubscription()
  if (before && !isFor(before, publicKey)) await before.unsubscribe()
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey })
  const { endpoint, keys } = subscription.toJSON() as { endpoint: string; keys: { p256dh: string; auth: string } }
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth }
}

function isFor({ options }: PushSubscription, key: string): boolean {
  const bytes = new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0))
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') === key
}
