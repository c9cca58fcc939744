/**
 * Registers the service worker of a built client. `offer` is called when a newer build waits, with the function that
 * switches to it and reloads the page; it is for the person to choose the moment.
 */
export async function register(offer: (apply: () => void) => void): Promise<void> {
  if (!import.meta.env.PROD) return
  const registration = await navigator.serviceWorker?.register('sw.js')
  if (!registration) return // where nothing is kept, nothing opens without a network either
  const apply = () => {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
    registration.waiting?.postMessage('update')
  }
  const offerWhenInstalled = (worker: ServiceWorker | null) =>
    worker?.addEventListener('statechange', () => {
      // Without a controller this is the first visit: what was installed is what the page already shows.
      if (worker.state === 'installed' && navigator.serviceWorker.controller) offer(apply)
    })
  if (registration.waiting) offer(apply)
  offerWhenInstalled(registration.installing)
  registration.addEventListener('updatefound', () => offerWhenInstalled(registration.installing))
}
