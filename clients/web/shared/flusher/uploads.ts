/**
 * Sends a file piece by piece, by tus 1.0 (https://tus.io/protocols/resumable-upload), and goes on where it was cut.
 * Whatever fails is thrown; the next try begins with asking how much the server has.
 */
import type { HeldFile } from '../store/store.ts'
import { Refused } from '../sync/protocol.ts'
import { Offline, send, type Session } from './transport.ts'

const UPLOADS = '/files/v1/uploads'
const VERSION = '1.0.0'
/** Ten seconds of a weak line. */
const PIECE_BYTES = 256 * 1024
/** HEAD has no body, hence no code of its own: the upload has ended, or is another server's. */
const GONE: ReadonlySet<string> = new Set(['http_404', 'http_410'])

type Upload = { url: string; sentBytes: number }

/** When this resolves, the server has the file whole. `remember` keeps the upload's address for the next try. */
export async function upload(file: HeldFile, session: Session, remember: (url: string) => Promise<void>): Promise<void> {
  let at = (file.upload && (await resumed(file.upload, session))) || (await begun(file, session))
  await remember(at.url)
  while (at.sentBytes < file.body.byteLength) at = await advanced(file, at, session)
}

async function begun({ sha256, media_type, body }: HeldFile, session: Session): Promise<Upload> {
  const said = `sha256 ${btoa(sha256)},media_type ${btoa(media_type)}`
  const headers = { 'upload-length': String(body.byteLength), 'upload-metadata': said }
  const answer = await ask(UPLOADS, session, { method: 'POST', headers })
  return { url: new URL(answer.headers.get('location')!, location.origin).pathname, sentBytes: sentBytes(answer) }
}

/** The upload as the server knows it; null when it is gone. */
async function resumed(url: string, session: Session): Promise<Upload | null> {
  try {
    return { url, sentBytes: sentBytes(await ask(url, session, { method: 'HEAD' })) }
  } catch (error) {
    if (error instanceof Refused && GONE.has(error.refusal.code)) return null
    throw error
  }
}

async function advanced({ body }: HeldFile, { url, sentBytes: start }: Upload, session: Session): Promise<Upload> {
  const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(start) }
  const piece = body.slice(start, start + PIECE_BYTES)
  return { url, sentBytes: sentBytes(await ask(url, session, { method: 'PATCH', headers, body: piece })) }
}

async function ask(path: string, session: Session, request: RequestInit & { headers?: Record<string, string> }): Promise<Response> {
  const headers = { ...(await session.headers(null)), 'tus-resumable': VERSION, ...request.headers }
  const answer = await send(path, { ...request, headers })
  // A network's log-in page says yes to everything.
  if (answer.headers.get('tus-resumable') !== VERSION) throw new Offline(path)
  return answer
}

function sentBytes(answer: Response): number {
  return Number(answer.headers.get('upload-offset'))
}
