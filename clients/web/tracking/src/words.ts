import type { Appointment } from '../../shared/documents.ts'
import { TRACKING } from '../../shared/texts/en.ts'
import { clock, longDay, span } from '../../shared/time.ts'

/** The state of a visit in words. `step`: how far along TRACKING.steps, null when it did not go that way. */
export type Words = { title: string; detail: string; step: number | null }

/** What a customer wants to know first: is someone coming, and when. */
export function words({ job_state, state, window, technician }: Appointment): Words {
  if (state === 'cancelled' || job_state === 'cancelled') {
    return { title: TRACKING.cancelled, detail: TRACKING.cancelledHint, step: null }
  }
  switch (job_state) {
    case 'enRoute':
      return { title: `${technician?.first_name ?? ''} ${coming(technician?.eta ?? null, window.zone)}`.trim(), detail: '', step: 1 }
    case 'started':
      return { title: `${technician?.first_name ?? ''} ${TRACKING.working}`.trim(), detail: '', step: 2 }
    case 'completed':
      return { title: TRACKING.completed, detail: '', step: 3 }
    case 'notDone':
      return { title: TRACKING.notDone, detail: TRACKING.notDoneHint, step: null }
    case 'suspended':
      return { title: TRACKING.suspended, detail: TRACKING.suspendedHint, step: null }
    default:
      return {
        title: `${TRACKING.confirmed} on ${longDay(window.start, window.zone)}`,
        detail: `between ${span(window.start, window.end, window.zone).replace('–', ' and ')}`,
        step: 0,
      }
  }
}

function coming(eta: string | null, zone: string): string {
  return eta ? TRACKING.soon(clock(eta, zone)) : TRACKING.comingNoTime
}
