type Place = { latitude: number; longitude: number }

const EARTH_RADIUS_M = 6_371_000
/** Streets are longer than the crow flies, and a town is driven slowly: as in `scheduling/MODEL.md`, circuity and speed. */
const CIRCUITY = 1.4
const SPEED_M_PER_MIN = 500

/** About how many minutes it takes to drive from one place to another, ≥ 0: a guess that needs no network. */
export function driveMinutes(from: Place, to: Place): number {
  const rad = (degrees: number) => (degrees * Math.PI) / 180
  const x = rad(to.longitude - from.longitude) * Math.cos(rad((from.latitude + to.latitude) / 2))
  const y = rad(to.latitude - from.latitude)
  return Math.round((Math.hypot(x, y) * EARTH_RADIUS_M * CIRCUITY) / SPEED_M_PER_MIN)
}
