import { keptStores } from '../../shared/session/device.ts'
import { DurableStore } from '../../shared/store/durable.ts'
import { unsentCount } from '../../shared/sync/outbox.ts'

/** Names of the technicians who left work on this phone that was not sent: each outbox waits for its own. */
export async function withUnsentWork(): Promise<string[]> {
  const names: string[] = []
  for (const [technician, name] of Object.entries(await keptStores())) {
    const store = new DurableStore(technician, '')
    if (unsentCount((await store.read()).outbox)) names.push(name)
    store.close()
  }
  return names
}
