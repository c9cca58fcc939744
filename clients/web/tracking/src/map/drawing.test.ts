import { expect, test } from 'vitest'
import { LIGHT } from '../../../shared/map/style.ts'
import { circleOf, drawing, frame } from './drawing.ts'

const position = { latitude: 60.18, longitude: 24.96, radius_m: 400, distance_m: 2000, at: '2026-06-01T06:00:00Z', site_latitude: 60.17, site_longitude: 24.94 }

test('the circle is closed and as wide as somebody may be off', () => {
  const edge = circleOf(position)
  const heights = edge.map(([, latitude]) => latitude)

  expect(edge.at(-1)).toEqual(edge[0])
  expect((Math.max(...heights) - Math.min(...heights)) * 111_195).toBeCloseTo(800, 0)
})

test('the frame holds the whole circle, and the site once it is near', () => {
  const [west, south, east, north] = frame(position)
  const near = frame({ ...position, distance_m: 1500 })

  expect([west > 24.94, south > 60.17]).toEqual([true, true])
  expect(north).toBeGreaterThan(60.183)
  expect(east).toBeGreaterThan(24.967)
  expect(near.slice(0, 2)).toEqual([24.94, 60.17])
  expect(near.slice(2)).toEqual([east, north])
})

test('streets are our own, with circle and site above them', () => {
  const { sources, layers } = drawing('https://here.example', LIGHT, position)

  expect(Object.keys(sources)).toEqual(['roads', 'ways', 'circle', 'site'])
  expect(layers.at(-1)!.id).toBe('site')
})
