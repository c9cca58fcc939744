import { expect, test } from 'vitest'
import { bounds, collection, LIGHT, styleOf } from './style.ts'

test('the base map is our own, and says whose streets it shows', () => {
  const { sources } = styleOf('https://here.example', LIGHT)

  expect(sources.roads).toMatchObject({ tiles: ['https://here.example/api/v1/road-tiles/{z}/{x}/{y}'] })
  expect(JSON.stringify(sources)).toContain('OpenStreetMap')
})

test('a route is a line of its technician', () => {
  const { features } = collection([{ technicianId: 't', line: [[24.9, 60.1], [25, 60.2]], isOpen: true }])

  expect(features[0]).toMatchObject({ properties: { technicianId: 't', isOpen: true }, geometry: { type: 'LineString' } })
})

test('a map shows everything that there is, and nothing has no bounds', () => {
  expect(bounds([[24.9, 60.2], [25, 60.1]])).toEqual([24.9, 60.1, 25, 60.2])
  expect(bounds([])).toBeNull()
})
