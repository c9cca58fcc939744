/** A fact of a visit as a notification: the newest of a visit takes the place of the one before, and leads to the page. */
declare const self: ServiceWorkerGlobalScope

/** What the server sends (`Notification` in backend/messages/schemas.py). page: the fragment of the visit's address. */
export type Told = { id: string; visit: string; title: string; text: string; page: string }

/** Shows it, once: a push service may bring a message again. */
export async function show(told: Told): Promise<void> {
  const tag = told.visit
  const shown = await self.registration.getNotifications({ tag })
  if (shown.some(({ data }) => (data as Told).id === told.id)) return
  const options = { tag, renotify: true, body: told.text, data: told, icon: 'icon-192.png', lang: '' }
  await self.registration.showNotification(told.title, options)
}

/** Goes to the page that is open, which knows the news by itself, or opens one. */
export async function follow(notification: Notification): Promise<void> {
  notification.close()
  const [page] = await self.clients.matchAll({ type: 'window' })
  if (page) await page.focus()
  else await self.clients.openWindow(new URL((notification.data as Told).page, self.registration.scope).href)
}
