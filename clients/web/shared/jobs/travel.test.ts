import { expect, test } from 'vitest'
import { driveBetween } from './travel.ts'

const STATION = { latitude: 60.1719, longitude: 24.9414 }

test('next door takes no time', () => {
  expect(driveBetween(STATION, STATION)).toEqual({ minutes: 0, metres: 0 })
})

test('five kilometres as the crow flies are seven to drive and a quarter of an hour, either way', () => {
  const north = { latitude: STATION.latitude + 5 / 111.2, longitude: STATION.longitude }

  for (const drive of [driveBetween(STATION, north), driveBetween(north, STATION)]) {
    expect(drive.minutes).toBe(14)
    expect(drive.metres).toBeCloseTo(7000, -2)
  }
})
