/** Times are shown in the site's zone, whatever zone the reader's device is in. */
import { formatOf } from './formats.ts'
import { LANGUAGE } from './texts/words.ts'

/** 09:30 */
export function clock(instant: string | number, zone: string): string {
  return format(instant, zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
}

/** 08:00–10:00 */
export function span(start: string, end: string, zone: string): string {
  return `${clock(start, zone)}–${clock(end, zone)}`
}

/** Monday 23 November */
export function longDay(instant: string | number, zone: string): string {
  return format(instant, zone, { weekday: 'long', day: 'numeric', month: 'long' })
}

/** 23 Nov, 09:30 */
export function shortMoment(instant: string | number, zone: string): string {
  return `${format(instant, zone, { day: 'numeric', month: 'short' })}, ${clock(instant, zone)}`
}

/** The local date of an instant, 2026-11-23. */
export function localDay(instant: string | number, zone: string): string {
  // Swedish dates are written as ISO 8601 has them.
  return formatOf('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(new Date(instant))
}

/** A local date as words: Monday 23 November. */
export function dayName(day: string): string {
  return longDay(`${day}T12:00:00Z`, 'UTC')
}

/** The local date so many days later. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** The zone of the site: that of any promised window, else of this device. */
export function siteZone(windows: Iterable<{ zone: string } | null | undefined>): string {
  for (const window of windows) if (window) return window.zone
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

function format(instant: string | number, zone: string, options: Intl.DateTimeFormatOptions): string {
  return formatOf(LANGUAGE, { timeZone: zone, ...options }).format(new Date(instant))
}
