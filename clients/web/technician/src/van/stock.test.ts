import { expect, test } from 'vitest'
import type { ComingTransfer, Job, SerialUnit, Van } from '../../../shared/documents.ts'
import { differences } from './reading.ts'
import { isLow, shortOf, stockOf, unitsOf, wantedOf } from './stock.ts'

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

const van = (changes: object) => ({ parts: {}, levels: {}, counted: {}, transfers: [], places: [], ...changes }) as unknown as Van

test('parts without serial numbers are told with what the van should hold', () => {
  const held = van({ parts: { CABLE: 4, PLUG: 0 }, levels: { CABLE: { minimum: 5, maximum: 20 }, ONT: { minimum: 1, maximum: 2 } } })

  const [cable, ont] = stockOf([unit('A1', 'ONT')], [job({ CABLE: 2 })], held)

  expect([cable!.model, cable!.isCounted, cable!.count, isLow(cable!), wantedOf(cable!)]).toEqual(['CABLE', true, 4, true, 18])
  expect([ont!.model, ont!.isCounted, isLow(ont!), wantedOf(ont!)]).toEqual(['ONT', false, false, 0])
})

test('what came without a network is in the van, and what was handed over or set apart is not for use', () => {
  const held = van({ received: [{ serial: 'A2', model: 'ONT' }], handed_over: ['A1'], faulty: [{ serial: 'A3', reason: 'dark' }] })

  const units = unitsOf([unit('A1', 'ONT'), unit('A3', 'ONT')], held)

  expect(units.map(one => [one.serial, one.state])).toEqual([['A2', 'available'], ['A3', 'quarantined']])
})

test('a transfer is held against what was read, both ways', () => {
  const transfer = { units: [{ serial: 'A1', model: 'ONT' }, { serial: 'A2', model: 'ONT' }], parts: { CABLE: 10, PLUG: 2 } }
  const read = [{ serial: 'A1', model: 'ONT', method: 'scan' as const }, { serial: 'X9', model: null, method: 'manual' as const }]

  const told = differences(transfer as unknown as ComingTransfer, read, { CABLE: 8, PLUG: 2 })

  expect(told.missing.map(one => one.serial)).toEqual(['A2'])
  expect(told.strange.map(one => one.serial)).toEqual(['X9'])
  expect(told.parts).toEqual([{ model: 'CABLE', announced: 10, arrived: 8 }])
})
