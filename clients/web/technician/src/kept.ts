import { keptStores } from '../../shared/session/device.ts'
import { keptOutbox } from '../../shared/store/durable.ts'
import { unsentCount } from '../../shared/sync/outbox.ts'

/** Names of the technicians who left work on this phone that was not sent: each outbox waits for its own. */
export async function withUnsentWork(): Promise<string[]> {
  const names: string[] = []
  for (const [technician, name] of Object.entries(await keptStores())) {
    if (unsentCount(await keptOutbox(technician))) names.push(name)
  }
  return names
}
