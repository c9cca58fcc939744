import { send } from '../../../shared/flusher/transport.ts'

/** Reads server-sent events, each `data` a JSON document, until the stream ends or `signal` is aborted. Throws Refused, Offline. */
export async function openStream(path: string, signal: AbortSignal, told: (news: unknown) => void): Promise<void> {
  const answer = await send(path, { headers: { accept: 'text/event-stream' }, signal })
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  let held = ''
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const events = (held + part.value).split('\n\n')
      held = events.pop()!
      for (const event of events) if (event.startsWith('data: ')) told(JSON.parse(event.slice('data: '.length)))
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
