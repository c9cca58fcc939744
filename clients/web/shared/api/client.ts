import createClient, { type Client } from 'openapi-fetch'
import { Offline, type Session } from '../flusher/transport.ts'
import { Refused, type Refusal } from '../sync/protocol.ts'
import { newUid } from '../sync/uid.ts'
import type { paths } from './schema.js'

export type Api = Client<paths>

/** The REST routes, typed by the server's own description. Only what does not travel by sync is asked here. */
export function openApi(session: Session): Api {
  const api = createClient<paths>({ cache: 'no-store' })
  api.use({
    async onRequest({ request }) {
      if (request.method === 'GET') return
      for (const [name, value] of Object.entries(await session.headers(null))) request.headers.set(name, value)
      // A request that is repeated on its way must not be done twice.
      request.headers.set('idempotency-key', newUid(Date.now()))
    },
    onError: ({ error }) => new Offline('request', { cause: error }),
  })
  return api
}

/** The answer's data. Throws Refused with what the server says instead. */
export async function taken<Data>(answer: Promise<{ data?: Data; error?: unknown }>): Promise<NonNullable<Data>> {
  const { data, error } = await answer
  if (data === undefined || data === null) throw new Refused((error ?? { code: 'busy' }) as Refusal)
  return data
}

/** For answers without a body. Throws Refused. */
export function done(answer: { error?: unknown }): void {
  if (answer.error) throw new Refused(answer.error as never)
}
