/** How long a drive takes, estimated: the board draws it between jobs; the server's answers go by the streets. Pure. */

export type Point = { latitude: number; longitude: number }

const EARTH_M = 6_371_000
/** Streets are that much longer than the straight line: Ballou, Rahardja & Sakai (2002), see scheduling/MODEL.md. */
const DETOUR = 1.3
const TOWN_M_PER_S = 25 / 3.6
const RADIANS = Math.PI / 180

/** Whole seconds. */
export function driveSeconds(from: Point, to: Point): number {
  return Math.round((greatCircle_m(from, to) * DETOUR) / TOWN_M_PER_S)
}

/** The haversine formula. */
function greatCircle_m(from: Point, to: Point): number {
  const north = (to.latitude - from.latitude) * RADIANS
  const east = (to.longitude - from.longitude) * RADIANS
  const square = Math.sin(north / 2) ** 2 + Math.cos(from.latitude * RADIANS) * Math.cos(to.latitude * RADIANS) * Math.sin(east / 2) ** 2
  return 2 * EARTH_M * Math.asin(Math.sqrt(square))
}
