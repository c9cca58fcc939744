import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { packed } from './packing.ts'

test('a short message travels as it is', async () => {
  expect(await packed({ a: 1 })).toEqual({ body: '{"a":1}', headers: { 'content-type': 'application/json' } })
})

test('a long message travels packed, and whole', async () => {
  const message = { text: 'very long '.repeat(1000) }

  const { body, headers } = await packed(message)

  expect(headers['content-encoding']).toBe('gzip')
  expect((body as ArrayBuffer).byteLength).toBeLessThan(1000)
  expect(JSON.parse(gunzipSync(new Uint8Array(body as ArrayBuffer)).toString())).toEqual(message)
})
