import { expect, test } from 'vitest'
import { crewAt, crewOf, leadOver } from './crew.ts'

const member = (technician_id: string, leads = false) => ({ technician_id, name: technician_id, leads, acknowledged: false })
const pull = { technician_id: 'eero', crew: [member('eero', true), member('liisa')] }
const alone = { technician_id: 'eero', crew: [] }
const open = { technician_id: null, crew: [] }

test('the crew of a job is everybody who has it, the lead first', () => {
  expect([crewOf(pull), crewOf(alone), crewOf(open)]).toEqual([['eero', 'liisa'], ['eero'], []])
})

test('only who helps has somebody over them', () => {
  expect(leadOver(pull, 'liisa')?.technician_id).toBe('eero')
  expect([leadOver(pull, 'eero'), leadOver(pull, 'onni'), leadOver(alone, 'eero')]).toEqual([null, null, null])
})

test('another time in the day of one of the crew moves all of it', () => {
  expect(crewAt(pull, 'liisa', 'eero', [])).toEqual(['eero', 'liisa'])
})

test('who takes a bar over replaces whose bar it was', () => {
  expect(crewAt(pull, 'onni', 'liisa', [])).toEqual(['eero', 'onni'])
  expect(crewAt(pull, 'onni', 'eero', [])).toEqual(['onni', 'liisa'])
  expect(crewAt(alone, 'onni', 'eero', [])).toEqual(['onni'])
})

test('what nobody has goes to whom it is dropped on, with the companions that were chosen', () => {
  expect(crewAt(open, 'onni', null, ['liisa'])).toEqual(['onni', 'liisa'])
  expect(crewAt(open, 'liisa', null, ['liisa'])).toEqual(['liisa'])
})
