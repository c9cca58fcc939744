type Place = { latitude: number; longitude: number }

const EARTH_RADIUS_M = 6_371_000
/** Streets are longer than the crow flies, and a town is driven slowly: as in `scheduling/MODEL.md`, circuity and speed. */
const CIRCUITY = 1.4
const SPEED_M_PER_MIN = 500

/** A drive from one place to another, both ≥ 0. */
export type Drive = { minutes: number; metres: number }

/** About how long it takes, and how far it is: a guess that needs no network. */
export function driveBetween(from: Place, to: Place): Drive {
  const rad = (degrees: number) => (degrees * Math.PI) / 180
  const x = rad(to.longitude - from.longitude) * Math.cos(rad((from.latitude + to.latitude) / 2))
  const y = rad(to.latitude - from.latitude)
  const metres = Math.hypot(x, y) * EARTH_RADIUS_M * CIRCUITY
  return { minutes: Math.round(metres / SPEED_M_PER_MIN), metres }
}
