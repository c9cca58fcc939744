/** Areas as they are drawn and written. A corner is [longitude, latitude] in degrees, the last one is joined to the first. Pure. */
import type { Feature, FeatureCollection, Polygon } from 'geojson'

export type Corner = [number, number]

/** About a tenth of a metre. */
const DIGITS = 6

/** As people write places: one corner a line, latitude first. */
export function writtenArea(area: readonly Corner[]): string {
  return area.map(([lon, lat]) => `${rounded(lat)}, ${rounded(lon)}`).join('\n')
}

/** The corners of a text; null where a line is none. */
export function readArea(text: string): Corner[] | null {
  const lines = text.split('\n').filter(line => line.trim())
  const corners = lines.map(line => line.split(/[\s,;]+/).filter(Boolean).map(Number))
  const isCorner = ([lat, lon, ...more]: number[]) => !more.length && Math.abs(lat ?? NaN) <= 90 && Math.abs(lon ?? NaN) <= 180
  return corners.every(isCorner) ? corners.map(([lat, lon]) => [lon!, lat!]) : null
}

/** The area with one more corner, put where the way around it grows least. */
export function withCorner(area: readonly Corner[], corner: Corner): Corner[] {
  if (area.length < 3) return [...area, corner]
  const detours = area.map((one, index) => distance(one, corner) + distance(corner, after(area, index)) - distance(one, after(area, index)))
  return area.toSpliced(detours.indexOf(Math.min(...detours)) + 1, 0, corner)
}

export function movedCorner(area: readonly Corner[], index: number, corner: Corner): Corner[] {
  return area.with(index, corner)
}

/** Areas to be drawn; the one that is being changed is `isOwn`. */
export function areasOf(own: readonly Corner[], others: readonly (readonly Corner[])[]): FeatureCollection {
  return { type: 'FeatureCollection', features: [...others.map(one => feature(one, false)), feature(own, true)] }
}

function feature(area: readonly Corner[], isOwn: boolean): Feature<Polygon> {
  return { type: 'Feature', properties: { isOwn }, geometry: { type: 'Polygon', coordinates: area.length ? [[...area, area[0]!]] : [] } }
}

const after = (area: readonly Corner[], index: number) => area[(index + 1) % area.length]!
const rounded = (degrees: number) => Number(degrees.toFixed(DIGITS))

/** In degrees of latitude; exact enough to compare within one town. */
function distance([lon, lat]: Corner, [otherLon, otherLat]: Corner): number {
  return Math.hypot((lon - otherLon) * Math.cos((lat * Math.PI) / 180), lat - otherLat)
}
