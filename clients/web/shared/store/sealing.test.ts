import { expect, test } from 'vitest'
import { newBrowserKey } from '../session/vault.ts'
import type { Document } from '../sync/replica.ts'
import { Sealing, type PlainRow } from './sealing.ts'

const JOB: Document = { kind: 'job', id: 'j1', version: 3, doc: { customer: { name: 'Sirpa Tarina' } }, scopes: ['technician:t'], stale: [] }
const plain: PlainRow = { ...JOB, name: 'job/j1' }

test('a row tells nothing but the name of its document', async () => {
  const [row] = await new Sealing(await newBrowserKey()).sealed([['job/j1', JOB]])

  expect(Object.keys(row!).sort()).toEqual(['name', 'sealed', 'sealedIv'])
  expect(Buffer.from(row!.sealed).toString('latin1')).not.toContain('Sirpa')
})

test('another sealing with the same key opens it', async () => {
  const key = await newBrowserKey()
  const rows = await new Sealing(key).sealed([['job/j1', JOB]])

  expect(await new Sealing(key).opened(rows)).toEqual(new Map([['job/j1', JOB]]))
})

test('with another key nothing is opened', async () => {
  const rows = await new Sealing(await newBrowserKey()).sealed([['job/j1', JOB]])

  await expect(new Sealing(await newBrowserKey()).opened(rows)).rejects.toThrow()
})

test('what an older version kept plain is read, and is sealed like all else', async () => {
  const sealing = new Sealing(await newBrowserKey())

  const documents = await sealing.opened([plain])
  const rows = await sealing.sealed([...documents])

  expect(documents.get('job/j1')).toMatchObject(JOB)
  expect(await sealing.opened(rows)).toEqual(new Map([['job/j1', JOB]]))
})

test('what did not change is the same object, by which a store knows what it need not write', async () => {
  const sealing = new Sealing(await newBrowserKey())
  const rows = await sealing.sealed([['job/j1', JOB]])

  const [first, second] = [await sealing.opened(structuredClone(rows)), await sealing.opened(structuredClone(rows))]

  expect(second.get('job/j1')).toBe(first.get('job/j1'))
})
