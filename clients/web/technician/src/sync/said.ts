import type { Mutation } from '../../../shared/sync/protocol.ts'
import { clock } from '../../../shared/time.ts'
import type { Phone } from '../phone.svelte.ts'

/** When something was done, and at which job or in which van as far as this phone still knows it. */
export function placeOf(phone: Phone, { id, at }: Mutation): string {
  const job = phone.live.one('job', id)
  return [clock(at, phone.zone), job?.number, job?.premises.street, phone.live.one('van', id)?.name].filter(Boolean).join(' · ')
}
