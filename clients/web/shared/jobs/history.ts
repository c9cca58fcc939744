import type { PremisesHistory } from '../documents.ts'
import { Offline, send, type Session } from '../flusher/transport.ts'
import { Refused } from '../sync/protocol.ts'

export type Histories = Record<string, PremisesHistory>

/**
 * What happened before at the places of these jobs, by job: what is known, and what the server says of the others, one by
 * one. What cannot be had now is left for the next time; what is known of other jobs is let go of.
 */
export async function histories(known: Histories, jobIds: readonly string[], session: Session, now_ms: number): Promise<Histories> {
  const kept: Histories = {}
  for (const id of jobIds) {
    const history = known[id] ?? (await asked(id, session, now_ms))
    if (history) kept[id] = history
  }
  return kept
}

async function asked(id: string, session: Session, now_ms: number): Promise<PremisesHistory | undefined> {
  try {
    const answer = await send(`/api/v1/jobs/${id}/history`, { headers: await session.headers(now_ms) })
    return (await answer.json()) as PremisesHistory
  } catch (error) {
    if (error instanceof Offline || error instanceof Refused || error instanceof SyntaxError) return undefined
    throw error
  }
}
