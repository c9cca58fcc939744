/**
 * The service worker of an offline client: it keeps the files of one build and answers from them, so that the
 * client opens without a network, and shows what the office pokes about. Data is not its business; the replica
 * keeps that in IndexedDB.
 *
 * A new build installs beside the running one and waits until the page sends 'update', because changing the code
 * under a technician's thumb would lose what is on the screen.
 */
import { follow, keepWording, notify, type Poke } from './notifying.ts'
import type { Wording } from './wording.ts'

declare const self: ServiceWorkerGlobalScope
declare const __FILES__: string[]
declare const __VERSION__: string

// Caches belong to the whole origin and the clients share one, so the name carries the scope.
const mine = `files ${self.registration.scope} `
const current = mine + __VERSION__

self.addEventListener('install', event => event.waitUntil(keep()))
self.addEventListener('activate', event => event.waitUntil(forgetOlderBuilds()))
self.addEventListener('message', event => {
  if (event.data === 'update') event.waitUntil(self.skipWaiting())
  else event.waitUntil(keepWording(event.data as Wording))
})
self.addEventListener('push', event => {
  if (event.data) event.waitUntil(notify(event.data.json() as Poke))
})
self.addEventListener('notificationclick', event => event.waitUntil(follow(event.notification)))
self.addEventListener('fetch', event => {
  const { method, url } = event.request
  if (method === 'GET' && url.startsWith(self.registration.scope)) event.respondWith(answer(event.request))
})

async function keep(): Promise<void> {
  const cache = await caches.open(current)
  // 'reload' passes by the browser's own cache, which could still hold the previous build's index page.
  await cache.addAll(__FILES__.map(file => new Request(file, { cache: 'reload' })))
}

async function forgetOlderBuilds(): Promise<void> {
  const older = (await caches.keys()).filter(name => name.startsWith(mine) && name !== current)
  await Promise.all(older.map(name => caches.delete(name)))
  await self.clients.claim()
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(current)
  const kept = await cache.match(request.mode === 'navigate' ? './' : request, { ignoreSearch: true })
  return kept ?? fetch(request)
}
