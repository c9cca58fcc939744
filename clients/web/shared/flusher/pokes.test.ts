import { afterEach, expect, test, vi } from 'vitest'
import { Pokes } from './pokes.ts'

const never = new AbortController().signal
const LONG_MS = 60_000

afterEach(() => vi.unstubAllGlobals())

/** A server whose stream the test writes. */
function server(): { say: (text: string) => void; end: () => void } {
  let line: ReadableStreamDefaultController<Uint8Array>
  const body = new ReadableStream<Uint8Array>({ start: controller => void (line = controller) })
  vi.stubGlobal('fetch', async () => new Response(body))
  return { say: text => line.enqueue(new TextEncoder().encode(text)), end: () => line.close() }
}

test('a poke ends the wait', async () => {
  const { say } = server()
  const pokes = new Pokes()
  say(':\n\n')
  await pokes.open({}, never)
  const waiting = pokes.next(LONG_MS, never)

  say('data: {"scope":"technician:eero","seq":7}\n\n')

  await expect(waiting).resolves.toBeUndefined()
  expect(pokes.isOpen).toBe(true)
})

test('a poke that came while nobody waited is not lost, and counts once', async () => {
  const { say } = server()
  const pokes = new Pokes()
  say(':\n\n')
  await pokes.open({}, never)
  const first = pokes.next(LONG_MS, never)
  say('data: {}\n\n')
  await first
  say('data: {}\n\n')
  await new Promise(resolve => setTimeout(resolve))

  await pokes.next(LONG_MS, never)

  const wake = new AbortController()
  const waiting = pokes.next(LONG_MS, wake.signal)
  wake.abort()
  await expect(waiting).resolves.toBeUndefined()
})

test('a heartbeat is no poke', async () => {
  const { say } = server()
  const pokes = new Pokes()
  say(':\n\n')
  await pokes.open({}, never)
  const wake = new AbortController()
  let isOver = false
  const waiting = pokes.next(LONG_MS, wake.signal).then(() => (isOver = true))

  say(':\n\n')
  await new Promise(resolve => setTimeout(resolve))

  expect(isOver).toBe(false)
  wake.abort()
  await waiting
})

test('a stream that ends lets go of who waits, and is not open any more', async () => {
  const { say, end } = server()
  const pokes = new Pokes()
  say(':\n\n')
  await pokes.open({}, never)
  const waiting = pokes.next(LONG_MS, never)

  end()
  await waiting

  expect(pokes.isOpen).toBe(false)
})
