/**
 * The service worker of the customer's page: it shows what the office tells while the page is closed. It keeps no files and
 * answers no request; it is installed only where somebody asked to be notified.
 */
import { follow, show, type Told } from './showing.ts'

declare const self: ServiceWorkerGlobalScope

self.addEventListener('install', event => event.waitUntil(self.skipWaiting()))
self.addEventListener('push', event => {
  if (event.data) event.waitUntil(show(event.data.json() as Told))
})
self.addEventListener('notificationclick', event => event.waitUntil(follow(event.notification)))
