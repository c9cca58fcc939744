/**
 * Tells the office now and then where this phone is, while its technician is on the way to a customer, who then sees roughly
 * how far that is. Only for who has chosen it on this phone; the server keeps one coarse place, and forgets it.
 */
import { Offline, send, type Session } from '../../shared/flusher/transport.ts'
import { Refused } from '../../shared/sync/protocol.ts'

const PATH = '/api/v1/technician-position'
const TELL_EVERY_MS = 60_000
/** What a network guesses to more than that would only mislead somebody who waits. */
const ROUGHEST_M = 1_000
const OPTIONS: PositionOptions = { maximumAge: 30_000, timeout: 20_000 }

/** blocked: by the person or the browser; unknown: there is no telling where this is just now. */
export type Asked = 'told' | 'blocked' | 'unknown'

/** Asks the person, by way of the browser, whether this app may know where the phone is. Where that is goes nowhere. */
export async function askForPosition(): Promise<Asked> {
  try {
    await place()
    return 'told'
  } catch (error) {
    return (error as GeolocationPositionError).code === 1 ? 'blocked' : 'unknown'
  }
}

/** Tells now, and again and again while somebody looks at the app. Returns how to stop. `now_ms`: the server's clock. */
export function tellPosition(job: string, session: Session, now_ms: () => number): () => void {
  let isOver = false
  const tell = async () => {
    if (document.hidden) return
    const coords = await place().catch(() => null)
    if (isOver || !coords || coords.accuracy > ROUGHEST_M) return
    await put({ job_id: job, latitude: coords.latitude, longitude: coords.longitude }, session, now_ms())
  }
  void tell()
  const timer = setInterval(() => void tell(), TELL_EVERY_MS)
  return () => {
    isOver = true
    clearInterval(timer)
  }
}

/** What does not arrive is not sent later: by then it is wrong. */
async function put(told: object, session: Session, now_ms: number): Promise<void> {
  try {
    const headers = { 'content-type': 'application/json', ...(await session.headers(now_ms)) }
    await send(PATH, { method: 'PUT', headers, body: JSON.stringify(told) })
  } catch (error) {
    if (!(error instanceof Offline || error instanceof Refused)) throw error
  }
}

function place(): Promise<GeolocationCoordinates> {
  return new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(found => resolve(found.coords), reject, OPTIONS))
}
