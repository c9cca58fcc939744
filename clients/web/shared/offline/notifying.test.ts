import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { follow, keepWording, notify } from './notifying.ts'

type Shown = { title: string; body: string; data: object; tag: string; close: () => void }

const SCOPE = 'https://office.example/technician/'
const WORDING = { title: 'Päiväsi', one: 'Yksi', many: '{count} työtä', address: '#/job/:id' }

let shown: Shown[]
let badge: number | undefined
let pages: { visibilityState: string; url: string; focus: () => Promise<unknown>; navigate: (url: string) => Promise<void> }[]
let opened: string[]
let kept: Map<string, Response>

/** What a browser has around a service worker, as far as it is used. */
beforeEach(() => {
  ;[shown, badge, pages, opened, kept] = [[], undefined, [], [], new Map()]
  const registration = {
    scope: SCOPE,
    getNotifications: async ({ tag }: { tag: string }) => shown.filter(one => one.tag === tag),
    showNotification: async (title: string, options: Omit<Shown, 'title' | 'close'>) => {
      // The same tag takes the place of what is there.
      shown = [{ ...options, title, close: () => (shown = []) }]
    },
  }
  const clients = { matchAll: async () => pages, openWindow: async (url: string) => void opened.push(url) }
  const cache = { put: async (name: string, it: Response) => void kept.set(name, it), match: async (name: string) => kept.get(name)?.clone() }
  vi.stubGlobal('self', { registration, clients, navigator: { setAppBadge: async (count: number) => void (badge = count) } })
  vi.stubGlobal('caches', { open: async () => cache })
})

afterEach(() => vi.unstubAllGlobals())

function page(visibilityState: string): void {
  const one = { visibilityState, url: SCOPE, focus: async () => one, navigate: async (url: string) => void opened.push(url) }
  pages.push(one)
}

test('a poke is one notification, and a number at the icon', async () => {
  await keepWording(WORDING)

  await notify({ id: 'a', count: 3 })

  expect(shown.map(({ title, body }) => [title, body])).toEqual([['Päiväsi', '3 työtä']])
  expect(badge).toBe(3)
})

test('the next poke adds to what nobody has looked at yet', async () => {
  await keepWording(WORDING)
  await notify({ id: 'a', count: 1, job: 'j1' })
  await notify({ id: 'b', count: 2 })

  expect(shown.map(({ body }) => body)).toEqual(['3 työtä'])
  expect(badge).toBe(3)
})

test('a poke that comes again is not counted again', async () => {
  await notify({ id: 'a', count: 1, job: 'j1' })
  await notify({ id: 'a', count: 1, job: 'j1' })

  expect(badge).toBe(1)
})

test('whoever looks at the app is not notified, whoever has it in the background is', async () => {
  page('visible')
  await notify({ id: 'a', count: 1 })
  expect(shown).toEqual([])

  pages = []
  page('hidden')
  await notify({ id: 'b', count: 1 })
  expect(shown).toHaveLength(1)
})

test('a touch opens the one job', async () => {
  await keepWording(WORDING)
  await notify({ id: 'a', count: 1, job: 'j1' })

  await follow(shown[0] as unknown as Notification)

  expect(opened).toEqual([`${SCOPE}#/job/j1`])
  expect(shown).toEqual([])
})

test('a touch on several changes opens the day, in the page that is there', async () => {
  page('hidden')
  await notify({ id: 'a', count: 2 })

  await follow(shown[0] as unknown as Notification)

  expect(opened).toEqual([SCOPE])
})

test('before the app has said its words they are plain ones', async () => {
  await notify({ id: 'a', count: 1 })

  expect(shown[0]!.body).toBe('1 change')
})
