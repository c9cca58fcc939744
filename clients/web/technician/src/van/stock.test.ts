import { expect, test } from 'vitest'
import type { Job, SerialUnit } from '../../../shared/documents.ts'
import { shortOf, stockOf } from './stock.ts'

const unit = (serial: string, model: string, state = 'available') => ({ serial, model, state }) as unknown as SerialUnit
const job = (parts: Record<string, number>, ...serials: { serial: string; model: string }[]) => ({ parts, serials }) as unknown as Job

test('the van is told by model, with what the jobs to come take', () => {
  const shelves = stockOf([unit('A1', 'ONT'), unit('A2', 'ONT', 'reserved')], [job({ ONT: 1, GW: 1 }), job({ ONT: 2 })])

  expect(shelves.map(({ model, count, needed }) => [model, count, needed])).toEqual([
    ['GW', 0, 1],
    ['ONT', 2, 3],
  ])
  expect(shortOf(shelves)).toEqual([{ model: 'GW', missing: 1 }, { model: 'ONT', missing: 1 }])
})

test('what was put in already is not needed any more', () => {
  expect(shortOf(stockOf([], [job({ ONT: 1 }, { serial: 'A1', model: 'ONT' })]))).toEqual([])
})

test('a unit that was taken out at a customer’s is not there for use', () => {
  expect(stockOf([unit('A1', 'ONT', 'recovered')], [])).toEqual([])
})
