import { afterEach, expect, test, vi } from 'vitest'
import type { PremisesHistory } from '../documents.ts'
import { histories } from './history.ts'

const history = (technician: string) => ({ visits: [{ technician }], installed: [] }) as unknown as PremisesHistory
const session = { headers: async () => ({ authorization: 'Bearer x' }), renew: async () => false }

afterEach(() => vi.unstubAllGlobals())

test('only what is not known is asked for, and what belongs to no job any more is let go of', async () => {
  const fetched = vi.fn(async (_path: string) => Response.json(history('Aino')))
  vi.stubGlobal('fetch', fetched)

  const kept = await histories({ old: history('Eero'), gone: history('Ville') }, ['old', 'new'], session, 0)

  expect(kept).toEqual({ old: history('Eero'), new: history('Aino') })
  expect(fetched.mock.calls.map(([path]) => path)).toEqual(['/api/v1/jobs/new/history'])
})

test.each([
  ['no network', () => Promise.reject(new TypeError('no network'))],
  ['a refusal', () => Promise.resolve(Response.json({ code: 'unknown_job' }, { status: 404 }))],
  ['a page of somebody else', () => Promise.resolve(new Response('<html>'))],
])('%s leaves it for the next time', async (_, answer) => {
  vi.stubGlobal('fetch', answer)

  expect(await histories({}, ['new'], session, 0)).toEqual({})
})
