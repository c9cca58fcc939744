import { expect, test } from 'vitest'
import { distance, type Units } from './distances.ts'

test.each<[number, Units, string, string]>([
  [0, 'metric', 'en-GB', '0 m'],
  [420, 'metric', 'en-GB', '400 m'],
  [960, 'metric', 'en-GB', '1 km'],
  [3440, 'metric', 'en-GB', '3.4 km'],
  [3440, 'metric', 'fi-FI', '3,4 km'],
  [12_600, 'metric', 'es-ES', '13 km'],
  [100, 'imperial', 'en-GB', '350 ft'],
  [3440, 'imperial', 'en-GB', '2.1 mi'],
  [30_000, 'imperial', 'en-GB', '19 mi'],
])('%d metres in %s units and %s are %s', (metres, units, language, words) => {
  expect(distance(metres, units, language).replace('\u00a0', ' ')).toBe(words)
})
