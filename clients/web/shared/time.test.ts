import { expect, test } from 'vitest'
import { addDays, clock, dayName, localDay, shortMoment, siteZone, span } from './time.ts'

const HELSINKI = 'Europe/Helsinki'

test('a time is shown in the zone of the site', () => {
  expect(clock('2026-11-23T06:30:00Z', HELSINKI)).toBe('08:30')
})

test('midnight is 00:00', () => {
  expect(clock('2026-11-22T22:00:00Z', HELSINKI)).toBe('00:00')
})

test('a window is a span of two times', () => {
  expect(span('2026-11-23T06:00:00Z', '2026-11-23T08:00:00Z', HELSINKI)).toBe('08:00–10:00')
})

test('late evening in UTC is the next day on the site', () => {
  expect(localDay('2026-11-22T23:00:00Z', HELSINKI)).toBe('2026-11-23')
})

test('a day has its name, in whatever zone the reader is', () => {
  expect(dayName('2026-11-23')).toBe('Monday 23 November')
})

test('a moment of some other day is told with its day', () => {
  expect(shortMoment('2026-11-22T23:00:00Z', HELSINKI)).toBe('23 Nov, 01:00')
})

test('the day after the last of the month is the first of the next', () => {
  expect(addDays('2026-11-30', 1)).toBe('2026-12-01')
})

test('the zone of the site comes with the first promised window', () => {
  expect(siteZone([null, { zone: HELSINKI }])).toBe(HELSINKI)
})
