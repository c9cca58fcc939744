/** What the customer's map shows: streets, the circle in which the technician was, the site. Pure. */
import type { Feature } from 'geojson'
import type { StyleSpecification } from 'maplibre-gl'
import { bounds, styleOf, type Palette } from '../../../shared/map/style.ts'
import type { Position } from '../server.ts'

type Point = [number, number]
const CORNERS = 48
/** At the engine's widest view some two kilometres are as high as the map. */
const BOTH_WITHIN_M = 1_500
/** Of latitude, on a sphere of mean earth radius. */
const METRES_A_DEGREE = 111_195

/** The base map with both drawn on it. */
export function drawing(origin: string, colours: Palette, position: Position): StyleSpecification {
  const base = styleOf(origin, colours)
  const site: Feature = { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: siteOf(position) } }
  const circle: Feature = { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [circleOf(position)] } }
  return {
    ...base,
    sources: { ...base.sources, circle: { type: 'geojson', data: circle }, site: { type: 'geojson', data: site } },
    layers: [
      ...base.layers,
      { id: 'circle', type: 'fill', source: 'circle', paint: { 'fill-color': colours.way, 'fill-opacity': 0.35 } },
      { id: 'edge', type: 'line', source: 'circle', paint: { 'line-color': colours.way, 'line-width': 2 } },
      { id: 'site', type: 'circle', source: 'site', paint: { 'circle-color': colours.ink, 'circle-radius': 7, 'circle-stroke-color': colours.ground, 'circle-stroke-width': 2 } },
    ],
  }
}

/** Whether both fit on a small map: the engine has no streets for a wider view. */
export function hasSite({ distance_m }: Position): boolean {
  return distance_m <= BOTH_WITHIN_M
}

/** What is to be seen, [west, south, east, north]: the circle, and the site once it is near. */
export function frame(position: Position): [number, number, number, number] {
  return bounds(hasSite(position) ? [...circleOf(position), siteOf(position)] : circleOf(position))!
}

/** The closed edge of the circle, [longitude, latitude]. */
export function circleOf({ latitude, longitude, radius_m }: Position): Point[] {
  const north = radius_m / METRES_A_DEGREE
  const east = north / Math.cos((latitude * Math.PI) / 180)
  return Array.from({ length: CORNERS + 1 }, (_, corner) => {
    const angle = ((corner % CORNERS) * 2 * Math.PI) / CORNERS
    return [longitude + east * Math.cos(angle), latitude + north * Math.sin(angle)]
  })
}

function siteOf({ site_longitude, site_latitude }: Position): Point {
  return [site_longitude, site_latitude]
}
