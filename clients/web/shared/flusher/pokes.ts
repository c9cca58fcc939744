import { send } from './transport.ts'
import { pause } from './waiting.ts'

/** A stream that says nothing for so long does not get through to us. */
const FIRST_BYTE_MS = 5_000

/**
 * The server's stream of hints that something has changed. It stays open over many pulls, so that no hint falls between
 * two of them; a hint that came while nobody waited is kept.
 */
export class Pokes {
  #isOpen = false
  #isPoked = false
  #heard = new AbortController()

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Opens the stream, to be closed by `signal`. It is open when its first byte is here. Throws Refused, Offline. */
  async open(headers: Record<string, string>, signal: AbortSignal): Promise<void> {
    const answer = await send('/sync/v1/events', { headers: { accept: 'text/event-stream', ...headers }, signal })
    const stream = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
    const first = await Promise.race([stream.read(), pause(FIRST_BYTE_MS, signal)])
    if (!first || first.done) return void stream.cancel()
    this.#isOpen = true
    void this.#listen(stream)
  }

  /** Resolves at a poke, when the stream ends, after `ms`, or when `signal` is aborted. */
  async next(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#isPoked && this.#isOpen) {
      this.#heard = new AbortController()
      await pause(ms, AbortSignal.any([signal, this.#heard.signal]))
    }
    this.#isPoked = false
  }

  async #listen(stream: ReadableStreamDefaultReader<string>): Promise<void> {
    try {
      for (let part = await stream.read(); !part.done; part = await stream.read()) {
        if (part.value.includes('data:')) this.#poke()
      }
    } catch {
      // The network went away, or nobody wants to hear any more: the next pull finds out which.
    }
    this.#isOpen = false
    this.#poke()
  }

  #poke(): void {
    this.#isPoked = true
    this.#heard.abort()
  }
}
