import { expect, test } from 'vitest'
import type { Row } from '../timeline/layout.ts'
import { moved } from './keys.ts'

const ROWS = ['a', 'b', 'c'].map(id => ({ technician: { id } })) as Row[]
const HERE = { technicianId: 'b', start_ms: 3_600_000 }

test('arrows move a job in the hand by a quarter of an hour, finely by five minutes', () => {
  expect(moved(HERE, ROWS, 'ArrowRight', false)).toEqual({ ...HERE, start_ms: 4_500_000 })
  expect(moved(HERE, ROWS, 'ArrowLeft', true)).toEqual({ ...HERE, start_ms: 3_300_000 })
})

test('up and down lead to the neighbours, and not beyond the last', () => {
  expect(moved(HERE, ROWS, 'ArrowUp', false)?.technicianId).toBe('a')
  expect(moved({ ...HERE, technicianId: 'c' }, ROWS, 'ArrowDown', false)?.technicianId).toBe('c')
})

test('other keys move nothing, and nothing moves what is nowhere', () => {
  expect(moved(HERE, ROWS, 'x', false)).toBeUndefined()
  expect(moved('backlog', ROWS, 'ArrowUp', false)).toBeUndefined()
})

test('a job held by its end gets longer and shorter, and stays where it is', () => {
  const held = { ...HERE, duration_s: 3600 }

  expect(moved(held, ROWS, 'ArrowRight', false)).toEqual({ ...held, duration_s: 4500 })
  expect(moved(held, ROWS, 'ArrowLeft', true)).toEqual({ ...held, duration_s: 3300 })
  expect(moved(held, ROWS, 'ArrowUp', false)).toBeUndefined()
})
