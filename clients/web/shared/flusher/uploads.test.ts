import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { HeldFile } from '../store/store.ts'
import { Offline, type Session } from './transport.ts'
import { upload } from './uploads.ts'

const LENGTH = 600_000
const session: Session = { headers: async () => ({ authorization: 'Bearer x' }), renew: async () => false }

type Arriving = { body: number[]; said: string }

/** A server of tus in memory. `fails`: what happens to the next requests instead. */
class Shelf {
  uploads = new Map<string, Arriving>()
  asked: string[] = []
  fails: (Response | Error | null)[] = []

  async fetch(path: string, request: RequestInit): Promise<Response> {
    this.asked.push(`${request.method} ${path}`)
    const failure = this.fails.shift()
    if (failure instanceof Error) throw failure
    return failure ?? this.#serve(path, request)
  }

  async #serve(path: string, request: RequestInit): Promise<Response> {
    const headers = new Headers(request.headers)
    if (request.method === 'POST') {
      const url = `/files/v1/uploads/${this.uploads.size + 1}`
      this.uploads.set(url, { body: [], said: headers.get('upload-metadata')! })
      return this.#says(201, 0, { location: url })
    }
    const arriving = this.uploads.get(path)
    if (!arriving) return this.#says(410, 0)
    if (request.method === 'PATCH') {
      if (Number(headers.get('upload-offset')) !== arriving.body.length) return this.#says(409, 0)
      for (const byte of new Uint8Array(request.body as ArrayBuffer)) arriving.body.push(byte)
    }
    return this.#says(request.method === 'HEAD' ? 200 : 204, arriving.body.length)
  }

  #says(status: number, offset: number, headers: Record<string, string> = {}): Response {
    return new Response(null, { status, headers: { 'tus-resumable': '1.0.0', 'upload-offset': String(offset), ...headers } })
  }
}

let shelf: Shelf
let file: HeldFile

const remember = async (url: string) => void (file.upload = url)

beforeEach(() => {
  shelf = new Shelf()
  const body = Uint8Array.from({ length: LENGTH }, (_, index) => index % 251).buffer
  file = { sha256: 'ab'.repeat(32), media_type: 'image/jpeg', body, state: 'waiting' }
  vi.stubGlobal('fetch', (path: string, request: RequestInit) => shelf.fetch(path, request))
  vi.stubGlobal('location', { origin: 'https://server' })
})

afterEach(() => vi.unstubAllGlobals())

test('a file arrives whole, under its name and type', async () => {
  await upload(file, session, remember)

  const [arrived] = shelf.uploads.values()
  expect(Uint8Array.from(arrived!.body)).toEqual(new Uint8Array(file.body))
  expect(arrived!.said).toBe(`sha256 ${btoa(file.sha256)},media_type ${btoa('image/jpeg')}`)
})

test('what was cut goes on from there', async () => {
  shelf.fails = [null, null, new TypeError('the network is gone')]
  await expect(upload(file, session, remember)).rejects.toBeInstanceOf(Offline)

  await upload(file, session, remember)

  expect(shelf.asked.slice(3, 5)).toEqual(['HEAD /files/v1/uploads/1', 'PATCH /files/v1/uploads/1'])
  expect([...shelf.uploads.values()].map(each => each.body.length)).toEqual([LENGTH])
})

test('an upload that the server has forgotten is begun anew', async () => {
  file.upload = '/files/v1/uploads/9'

  await upload(file, session, remember)

  expect(file.upload).toBe('/files/v1/uploads/1')
})

test('a log-in page takes no file', async () => {
  shelf.fails = [new Response('please log in', { status: 200 })]

  await expect(upload(file, session, remember)).rejects.toBeInstanceOf(Offline)
})
