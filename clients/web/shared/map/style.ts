/** How roads, routes and people look on the map, in light and dark. Pure. */
import type { FeatureCollection } from 'geojson'
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl'

export type Palette = { ground: string; road: string; main: string; way: string; ink: string }

export const LIGHT: Palette = { ground: '#eef1f5', road: '#ffffff', main: '#d4dbe3', way: '#0a58a6', ink: '#14202b' }
export const DARK: Palette = { ground: '#0e141a', road: '#26323d', main: '#3a4856', way: '#7db8f5', ink: '#e9eef3' }

/** The engine's tiles have roads from here on. */
export const NEAREST_ZOOM = 12
const ATTRIBUTION = '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a> contributors'
/** In the tiles, km/h: what is faster is a main road. */
const MAIN_SPEED = 35

export function styleOf(origin: string, colours: Palette): StyleSpecification {
  return {
    version: 8,
    sources: {
      roads: { type: 'vector', tiles: [`${origin}/api/v1/road-tiles/{z}/{x}/{y}`], minzoom: NEAREST_ZOOM, maxzoom: 16, attribution: ATTRIBUTION },
      ways: { type: 'geojson', data: collection([]) },
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': colours.ground } },
      road('roads', colours.road, 4),
      { ...road('main roads', colours.main, 5), filter: ['>', ['get', 'speed'], MAIN_SPEED] } as LayerSpecification,
      {
        id: 'ways',
        type: 'line',
        source: 'ways',
        layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: { 'line-color': colours.way, 'line-width': ['case', ['get', 'isOpen'], 5, 2], 'line-opacity': ['case', ['get', 'isOpen'], 1, 0.6] },
      },
    ],
  }
}

export type Line = { technicianId: string; line: [number, number][]; isOpen: boolean }

export function collection(lines: readonly Line[]): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: lines.map(({ technicianId, line, isOpen }) => ({
      type: 'Feature',
      properties: { technicianId, isOpen },
      geometry: { type: 'LineString', coordinates: line },
    })),
  }
}

/** Around everything, [west, south, east, north]; null of nothing. */
export function bounds(points: readonly [number, number][]): [number, number, number, number] | null {
  if (!points.length) return null
  const [lons, lats] = [points.map(point => point[0]), points.map(point => point[1])]
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)]
}

function road(id: string, colour: string, width: number): LayerSpecification {
  const wide = ['interpolate', ['exponential', 1.6], ['zoom'], NEAREST_ZOOM, width / 5, 16, width * 2.5] as never
  return { id, type: 'line', source: 'roads', 'source-layer': 'speeds', layout: { 'line-cap': 'round' }, paint: { 'line-color': colour, 'line-width': wide } }
}
