import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { follow, show, type Told } from './showing.ts'

type Shown = { title: string; body: string; data: Told; tag: string; close: () => void }

const SCOPE = 'https://office.example/tracking/'
const SET_OUT: Told = { id: 'm1', visit: 'v1', title: 'Install fibre', text: 'On the way.', page: '#trl_one' }

let shown: Shown[]
let shows: number
let pages: { focus: () => Promise<void> }[]
let focused: number
let opened: string[]

/** What a browser has around a service worker, as far as it is used. */
beforeEach(() => {
  ;[shown, shows, pages, focused, opened] = [[], 0, [], 0, []]
  const registration = {
    scope: SCOPE,
    getNotifications: async ({ tag }: { tag: string }) => shown.filter(one => one.tag === tag),
    showNotification: async (title: string, options: Omit<Shown, 'title' | 'close'>) => {
      const one: Shown = { ...options, title, close: () => (shown = shown.filter(other => other !== one)) }
      shown = [...shown.filter(({ tag }) => tag !== options.tag), one]
      shows += 1
    },
  }
  const clients = { matchAll: async () => pages, openWindow: async (url: string) => void opened.push(url) }
  vi.stubGlobal('self', { registration, clients })
})

afterEach(() => vi.unstubAllGlobals())

test('a message that comes again is shown once', async () => {
  await show(SET_OUT)
  await show(SET_OUT)

  expect(shown.map(({ title, body }) => [title, body])).toEqual([['Install fibre', 'On the way.']])
  expect(shows).toBe(1)
})

test('the newest of a visit takes the place of the one before, and leaves those of others', async () => {
  await show(SET_OUT)
  await show({ ...SET_OUT, id: 'm2', visit: 'v2' })
  await show({ ...SET_OUT, id: 'm3', text: 'Done.' })

  expect(shown.map(({ data }) => data.id).sort()).toEqual(['m2', 'm3'])
})

test('a touch opens the visit where no page is open', async () => {
  await show(SET_OUT)

  await follow(shown[0] as unknown as Notification)

  expect(opened).toEqual([`${SCOPE}#trl_one`])
  expect(shown).toEqual([])
})

test('a touch comes back to the page that is open, as the customer left it', async () => {
  pages = [{ focus: async () => void (focused += 1) }]
  await show(SET_OUT)

  await follow(shown[0] as unknown as Notification)

  expect([focused, opened]).toEqual([1, []])
})
