import { expect, test } from 'vitest'
import { areasOf, readArea, withCorner, writtenArea, type Corner } from './area.ts'

const SQUARE: Corner[] = [[24, 60], [25, 60], [25, 61], [24, 61]]

test('what is written is read again, latitude first as people say it', () => {
  expect(writtenArea(SQUARE).split('\n')[1]).toBe('60, 25')
  expect(readArea(writtenArea(SQUARE))).toEqual(SQUARE)
  expect(readArea(' 60.17 24.9412345\n\n')).toEqual([[24.9412345, 60.17]])
})

test('a line that is no corner makes no area', () => {
  expect(readArea('60, 25\nnorth of the park')).toBeNull()
  expect(readArea('60')).toBeNull()
  expect(readArea('91, 25')).toBeNull()
  expect(readArea('60, 25, 3')).toBeNull()
})

test('a new corner comes between those next to which it lies', () => {
  expect(withCorner(SQUARE, [25.1, 60.5])).toEqual([[24, 60], [25, 60], [25.1, 60.5], [25, 61], [24, 61]])
  expect(withCorner(SQUARE, [23.9, 60.5]).at(-1)).toEqual([23.9, 60.5])
  expect(withCorner([[24, 60]], [25, 60])).toEqual([[24, 60], [25, 60]])
})

test('an area is drawn as a ring that is closed, over those of others', () => {
  const { features } = areasOf(SQUARE, [[]])

  expect(features.map(one => one.properties?.isOwn)).toEqual([false, true])
  expect(features[1]!.geometry).toEqual({ type: 'Polygon', coordinates: [[...SQUARE, SQUARE[0]]] })
})
