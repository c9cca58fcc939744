import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { askForPosition, tellPosition } from './position.ts'

const session = { headers: async () => ({ authorization: 'Bearer t' }), renew: async () => false }
const page = { hidden: false }
let accuracy: number
let requests: { path: string; body: unknown }[]
let answer: () => Response

beforeEach(() => {
  vi.useFakeTimers()
  ;[page.hidden, accuracy, requests, answer] = [false, 30, [], () => new Response(null, { status: 204 })]
  vi.stubGlobal('document', page)
  vi.stubGlobal('navigator', { geolocation: { getCurrentPosition: (found: (one: object) => void) => found({ coords: { latitude: 60.1, longitude: 24.9, accuracy } }) } })
  vi.stubGlobal('fetch', async (path: string, { body }: { body: string }) => {
    requests.push({ path, body: JSON.parse(body) })
    return answer()
  })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const minutes = (count: number) => vi.advanceTimersByTimeAsync(count * 60_000)

test('it is told at once and each minute, until it is over', async () => {
  const stop = tellPosition('j1', session, Date.now)
  await minutes(2)
  stop()
  await minutes(5)

  expect(requests).toHaveLength(3)
  expect(requests[0]).toEqual({ path: '/api/v1/technician-position', body: { job_id: 'j1', latitude: 60.1, longitude: 24.9 } })
})

test.each([
  ['nobody looks at the app', () => (page.hidden = true)],
  ['it is a wild guess', () => (accuracy = 5_000)],
])('nothing is told while %s', async (_name, given) => {
  given()
  const stop = tellPosition('j1', session, Date.now)
  await minutes(1)
  stop()

  expect(requests).toEqual([])
})

test('what the office refuses is not repeated sooner', async () => {
  answer = () => new Response('{"code":"outside_shift"}', { status: 409 })
  const stop = tellPosition('j1', session, Date.now)
  await minutes(0.5)
  stop()

  expect(requests).toHaveLength(1)
})

test('who does not allow it is told so, and nothing is sent', async () => {
  expect(await askForPosition()).toBe('told')
  vi.stubGlobal('navigator', { geolocation: { getCurrentPosition: (_found: unknown, failed: (why: object) => void) => failed({ code: 1 }) } })
  expect(await askForPosition()).toBe('blocked')
  expect(requests).toEqual([])
})
