/**
 * What becomes of the office's pokes while the app is closed: one notification that counts, and a number at the app's icon.
 * A poke says nothing of anybody; what changed is fetched when the app is opened.
 */
import type { Wording } from './wording.ts'

declare const self: ServiceWorkerGlobalScope

/** What the server sends (`Poke` in backend/notifications/schemas.py). */
export type Poke = { id: string; count: number; job?: string }
/** What a notification remembers. */
type Told = { pokes: string[]; count: number; job?: string | undefined }

const TAG = 'day'
const CACHE = 'notification wording'
/** Until the app has said it in its language. */
const USUAL: Wording = { title: 'Your day', one: '1 change', many: '{count} changes', address: './' }

/** Keeps what the app says, for when it is closed: a worker forgets everything else. */
export async function keepWording(wording: Wording): Promise<void> {
  await (await caches.open(CACHE)).put(CACHE, new Response(JSON.stringify(wording)))
}

/** Shows a poke, unless somebody looks at the app: there it is seen anyway. One that came before is not counted again. */
export async function notify(poke: Poke): Promise<void> {
  if (await isLookedAt()) return
  const [shown] = await self.registration.getNotifications({ tag: TAG })
  const before = shown?.data as Told | undefined
  if (before?.pokes.includes(poke.id)) return
  const told = added(before, poke)
  const { title, one, many } = await wording()
  const body = told.count === 1 ? one : many.replace('{count}', String(told.count))
  await self.registration.showNotification(title, { tag: TAG, body, data: told, icon: 'icon-192.png', lang: '' })
  await self.navigator.setAppBadge?.(told.count)
}

/** Goes to what a notification is about, in the page that is open or in a new one. */
export async function follow(notification: Notification): Promise<void> {
  notification.close()
  const { job } = notification.data as Told
  const address = job ? (await wording()).address.replace(':id', job) : './'
  const url = new URL(address, self.registration.scope).href
  const [page] = await self.clients.matchAll({ type: 'window' })
  if (page) await (await page.focus()).navigate(url)
  else await self.clients.openWindow(url)
}

function added(before: Told | undefined, { id, count, job }: Poke): Told {
  if (!before) return { pokes: [id], count, job }
  return { pokes: [...before.pokes, id], count: before.count + count }
}

async function isLookedAt(): Promise<boolean> {
  const pages = await self.clients.matchAll({ type: 'window' })
  return pages.some(page => page.visibilityState === 'visible')
}

async function wording(): Promise<Wording> {
  const kept = await (await caches.open(CACHE)).match(CACHE)
  return kept ? ((await kept.json()) as Wording) : USUAL
}
