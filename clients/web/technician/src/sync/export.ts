import type { Entry, Outbox } from '../../../shared/sync/outbox.ts'
import type { Phone } from '../phone.svelte.ts'

const FORM = 'truckroll outbox 1'

/** What the file holds: the outbox under its own id, so that it can be sent from another phone, once. */
export function exported(outbox: Outbox, technician: string, saved_at: string): object {
  const { id, nextMid, durableMid, entries } = outbox
  return { form: FORM, technician, saved_at, outbox: id, next_mid: nextMid, durable_mid: durableMid, entries }
}

/** The entries of a saved outbox; null when the file is no such thing, or the work of another technician. */
export function entriesOf(text: string, technician: string): Entry[] | null {
  try {
    const saved = JSON.parse(text) as { form?: unknown; technician?: unknown; entries?: unknown }
    const isOurs = saved.form === FORM && saved.technician === technician && Array.isArray(saved.entries)
    return isOurs ? (saved.entries as Entry[]).filter(entry => typeof entry?.mutation?.digest === 'string') : null
  } catch {
    return null
  }
}

/** Lets the person save the outbox as a file. Photos are not in it: they stay on the phone. */
export function saveOutbox(phone: Phone): void {
  const saved_at = new Date().toISOString()
  const content = exported(phone.live.replica.outbox, phone.tokens?.technician_id ?? '', saved_at)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2)], { type: 'application/json' }))
  link.download = `truckroll-outbox-${saved_at.slice(0, 10)}.json`
  link.click()
  URL.revokeObjectURL(link.href)
}
