import type { Arrival, Visit } from './server.ts'
import type { Texts } from './texts/texts.ts'
import { clock, longDay, type Place } from './times.ts'

/** What a customer wants to know first: is someone coming, and when. */
export function headline({ state, window, zone, technician }: Visit, texts: Texts): { title: string; detail: string } {
  const [title, detail] = texts.states[state]!
  const place = { language: texts.tag, zone }
  switch (state) {
    case 'agreed':
      if (!window) return { title, detail }
      return { title: `${title}: ${longDay(window.start, place)}`, detail: texts.between(clock(window.start, place), clock(window.end, place)) }
    case 'on_the_way':
    case 'at_work':
      return { title: `${technician ?? texts.technician} ${title}`, detail }
    default:
      return { title, detail }
  }
}

const OVER: ReadonlySet<Visit['state']> = new Set<Visit['state']>(['done', 'not_done', 'cancelled'])

/** Whether nothing is to come of this visit any more: nobody has to be reminded or told of it. */
export const isOver = ({ state }: Pick<Visit, 'state'>): boolean => OVER.has(state)

const FIVE_MINUTES_MS = 5 * 60_000

/** The interval in which nine of ten technicians begin, to the next five minutes: more would be feigned. */
export function expected({ earliest, latest }: Arrival, texts: Texts, place: Place): string {
  const from = Math.floor(Date.parse(earliest) / FIVE_MINUTES_MS) * FIVE_MINUTES_MS
  const until = Math.ceil(Date.parse(latest) / FIVE_MINUTES_MS) * FIVE_MINUTES_MS
  return texts.expected(clock(from, place), clock(until, place))
}
