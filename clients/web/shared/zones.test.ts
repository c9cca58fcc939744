import { expect, test } from 'vitest'
import { instantOf } from './zones.ts'

const at = (day: string, hours: number, zone: string) => new Date(instantOf(day, hours, zone)).toISOString()

test('a local hour is an instant in the zone of the site', () => {
  expect(at('2026-11-23', 8, 'Europe/Helsinki')).toBe('2026-11-23T06:00:00.000Z')
  expect(at('2026-11-23', 8, 'America/New_York')).toBe('2026-11-23T13:00:00.000Z')
})

test('the day on which clocks go forward begins before they do', () => {
  expect(at('2026-03-29', 0, 'Europe/Helsinki')).toBe('2026-03-28T22:00:00.000Z')
  expect(at('2026-03-29', 8, 'Europe/Helsinki')).toBe('2026-03-29T05:00:00.000Z')
})
