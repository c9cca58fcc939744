import { expect, test } from 'vitest'
import { HOUR_MS, instantAt, leftFor, scaleFor, ticks, widthOf, xOf } from './scale.ts'

const START = Date.parse('2026-11-23T05:30:00Z') // 07:30 in Helsinki
const SHIFT = { start_ms: START, end_ms: START + 8.5 * HOUR_MS }

test('a day fits into the width, from full hour to full hour', () => {
  const scale = scaleFor([SHIFT], 1000, false)

  expect(widthOf(scale)).toBeCloseTo(1000)
  expect(new Date(scale.from_ms).toISOString()).toBe('2026-11-23T05:00:00.000Z')
  expect(new Date(scale.until_ms).toISOString()).toBe('2026-11-23T15:00:00.000Z')
})

test('an instant is found where it is shown, on full five minutes', () => {
  const scale = scaleFor([SHIFT], 1000, false)

  expect(instantAt(scale, xOf(scale, START))).toBe(START)
  expect(instantAt(scale, xOf(scale, START + 130_000))).toBe(START)
  expect(instantAt(scale, xOf(scale, START + 160_000))).toBe(START + 300_000)
})

test('close up, an hour has room for short jobs, whatever the width', () => {
  expect(scaleFor([SHIFT], 600, true).pxPerHour).toBeGreaterThanOrEqual(220)
})

test('labels are local hours, as many as have room', () => {
  const day = scaleFor([SHIFT], 1000, false)
  const week = scaleFor([{ start_ms: START, end_ms: START + 6 * 24 * HOUR_MS }], 1000, false)

  expect(ticks(day, 'Europe/Helsinki').map(tick => tick.label).slice(0, 3)).toEqual(['07:00', '08:00', '09:00'])
  expect(ticks(week, 'Europe/Helsinki').some(tick => tick.isDay)).toBe(true)
  expect(ticks(week, 'Europe/Helsinki').length).toBeLessThan(30)
})

test('the name of a day is written over by no hour', () => {
  const week = scaleFor([{ start_ms: START, end_ms: START + 5 * 24 * HOUR_MS }], 850, false)

  const labels = ticks(week, 'Europe/Helsinki').map(tick => tick.label)

  expect(week.pxPerHour * 12).toBeLessThan(104)
  expect(labels.slice(0, 4)).toEqual(['12:00', 'Tuesday 24', '', 'Wednesday 25'])
})

test('the present is scrolled to with more ahead than behind, and never past an end', () => {
  const scale = scaleFor([SHIFT], 900, true)

  expect(xOf(scale, START + 4 * HOUR_MS) - leftFor(scale, START + 4 * HOUR_MS, 900)).toBeCloseTo(300)
  expect(leftFor(scale, START, 900)).toBe(0)
  expect(leftFor(scale, START + 24 * HOUR_MS, 900)).toBeCloseTo(widthOf(scale) - 900)
})
