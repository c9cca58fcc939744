/** Times in the customer's language and the zone of the premises. The shared ones would bring every word of the other clients. */
import { formatOf } from '../../shared/formats.ts'

export type Place = { language: string; zone: string }

/** 09:30 */
export function clock(instant: string | number, { language, zone }: Place): string {
  return formatOf(language, { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(instant))
}

/** 08:00–10:00 */
export function span(start: string, end: string, place: Place): string {
  return `${clock(start, place)}–${clock(end, place)}`
}

/** Monday 23 November */
export function longDay(instant: string, { language, zone }: Place): string {
  return formatOf(language, { timeZone: zone, weekday: 'long', day: 'numeric', month: 'long' }).format(new Date(instant))
}

/** 23 November, 09:30 */
export function moment(instant: string, place: Place): string {
  const day = formatOf(place.language, { timeZone: place.zone, day: 'numeric', month: 'long' }).format(new Date(instant))
  return `${day}, ${clock(instant, place)}`
}

export function money(amount_minor: number, currency: string, language: string): string {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency })
  return format.format(amount_minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}
