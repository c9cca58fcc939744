import { expect, test } from 'vitest'
import { driveMinutes } from './travel.ts'

const STATION = { latitude: 60.1719, longitude: 24.9414 }

test('next door takes no time', () => {
  expect(driveMinutes(STATION, STATION)).toBe(0)
})

test('five kilometres as the crow flies are a quarter of an hour, either way', () => {
  const north = { latitude: STATION.latitude + 5 / 111.2, longitude: STATION.longitude }

  expect(driveMinutes(STATION, north)).toBe(14)
  expect(driveMinutes(north, STATION)).toBe(14)
})
