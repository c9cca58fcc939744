/** Time as a length: where an instant is on the timeline, and which instant is where. Pure. */
import { clock, dayName, localDay } from '../../../shared/time.ts'

export const HOUR_MS = 3_600_000
export const MINUTE_MS = 60_000
/** Who plans by hand plans in steps of five minutes. */
export const SNAP_MS = 5 * MINUTE_MS

/** from_ms, until_ms: what is shown, in ms since 1970; pxPerHour: how large. */
export type Scale = { from_ms: number; until_ms: number; pxPerHour: number }
export type Tick = { at_ms: number; x: number; label: string; isDay: boolean }
export type Span = { start_ms: number; end_ms: number }

/** How large an hour is when one works at single jobs; else everything fits into the width. */
const CLOSE_PX_PER_HOUR = 220
/** So small that a label of an hour has no room any more. */
const LABEL_PX = 52
/** What the name of a day takes, so that no hour is written over its end. */
const DAY_LABEL_PX = 104
const TICK_HOURS = [1, 2, 3, 6, 12, 24]

/** A scale on which all of `spans` fit into `width_px`, with some air around them, from full hour to full hour. */
export function scaleFor(spans: readonly Span[], width_px: number, isClose: boolean): Scale {
  const first = Math.min(...spans.map(span => span.start_ms))
  const last = Math.max(...spans.map(span => span.end_ms))
  const from_ms = Math.floor((first - HOUR_MS / 4) / HOUR_MS) * HOUR_MS
  const until_ms = Math.ceil((last + HOUR_MS / 4) / HOUR_MS) * HOUR_MS
  const fitting = width_px / ((until_ms - from_ms) / HOUR_MS)
  return { from_ms, until_ms, pxPerHour: isClose ? Math.max(CLOSE_PX_PER_HOUR, fitting) : fitting }
}

export function widthOf(scale: Scale): number {
  return xOf(scale, scale.until_ms)
}

export function xOf(scale: Scale, instant_ms: number): number {
  return ((instant_ms - scale.from_ms) / HOUR_MS) * scale.pxPerHour
}

/** How far to scroll so that an instant is a third from the left of what is seen: more lies ahead than behind. */
export function leftFor(scale: Scale, instant_ms: number, width_px: number): number {
  return Math.max(0, Math.min(xOf(scale, instant_ms) - width_px / 3, widthOf(scale) - width_px))
}

/** The instant at `x`, on a full step. */
export function instantAt(scale: Scale, x: number): number {
  return snapped(scale.from_ms + (x / scale.pxPerHour) * HOUR_MS)
}

export function snapped(instant_ms: number): number {
  return Math.round(instant_ms / SNAP_MS) * SNAP_MS
}

/** The lines of the timeline, each on a local hour, as many as have room for their label; an hour that the name of a day reaches into has none. */
export function ticks(scale: Scale, zone: string): Tick[] {
  const step = TICK_HOURS.find(hours => hours * scale.pxPerHour >= LABEL_PX) ?? 24
  const found: Tick[] = []
  for (let at_ms = scale.from_ms; at_ms <= scale.until_ms; at_ms += HOUR_MS) {
    const label = clock(at_ms, zone)
    const hour = Number(label.slice(0, 2))
    if (hour % step) continue
    const isDay = hour === 0
    const x = xOf(scale, at_ms)
    const name = found.findLast(tick => tick.isDay)
    const words = isDay ? dayName(localDay(at_ms, zone)).split(' ').slice(0, 2).join(' ') : label
    found.push({ at_ms, x, label: !isDay && name && x - name.x < DAY_LABEL_PX ? '' : words, isDay })
  }
  return found
}
