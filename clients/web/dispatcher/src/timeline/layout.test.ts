import { expect, test } from 'vitest'
import type { Job, Technician } from '../../../shared/documents.ts'
import { rowOf, spansOf } from './layout.ts'
import { HOUR_MS, scaleFor } from './scale.ts'
import { next } from './stops.ts'
import { visible } from './virtual.ts'

const DAY = '2026-11-23'
const at = (hours: number) => new Date(Date.parse(`${DAY}T00:00:00Z`) + hours * HOUR_MS).toISOString()
const EIRA = { latitude: 60.155, longitude: 24.94 }
const PASILA = { latitude: 60.199, longitude: 24.933 }

function technician(changes: object = {}): Technician {
  const shift = { day: DAY, starts_at: at(8), ends_at: at(16), break_from: at(11), break_until: at(13), break_seconds: 1800 }
  return { id: 't', home_latitude: EIRA.latitude, home_longitude: EIRA.longitude, shifts: [shift], ...changes } as unknown as Technician
}

function job(id: string, start: number, end: number, changes: object = {}): Job {
  return { id, state: 'pending', planned_start: at(start), planned_end: at(end), window: null, premises: EIRA, ...changes } as unknown as Job
}

const SCALE = scaleFor([{ start_ms: Date.parse(at(8.25)), end_ms: Date.parse(at(15.75)) }], 800, false) // 8 to 16, 100 px an hour
const row = (...jobs: Job[]) => rowOf(technician(), jobs, new Set([DAY]), SCALE)

test('a bar lies at its time and is as long as its work', () => {
  const [bar] = row(job('a', 9, 10.5)).bars

  expect(bar).toMatchObject({ x: 100, width: 150, lane: 0, lanes: 1 })
})

test('jobs at the same time lie below one another, and each later one takes the first free lane', () => {
  const { bars } = row(job('a', 9, 11), job('b', 10, 12), job('c', 11, 12))

  expect(bars.map(bar => [bar.job.id, bar.lane, bar.lanes])).toEqual([['a', 0, 2], ['b', 1, 2], ['c', 0, 2]])
})

test('the order is that of the instants, however they are written', () => {
  const later = { planned_start: '2026-11-23T23:00:00+11:00', planned_end: '2026-11-23T23:30:00+11:00' } // noon

  expect(row(job('b', 12, 12, later), job('a', 11, 12), job('c', 13, 14)).bars.map(bar => [bar.job.id, bar.lanes])).toEqual([['a', 1], ['b', 1], ['c', 1]])
})

test('a job that begins after its window is late, unless it is over', () => {
  const window = { start: at(8), end: at(10) }

  expect(row(job('a', 10.5, 11, { window })).bars[0]!.isLate).toBe(true)
  expect(row(job('a', 10, 11, { window })).bars[0]!.isLate).toBe(false)
  expect(row(job('a', 10.5, 11, { window, state: 'completed' })).bars[0]!.isLate).toBe(false)
})

test('a drive that takes longer than there is between two jobs is tight', () => {
  const { legs } = row(job('a', 9, 10), job('b', 10.1, 11, { premises: PASILA }), job('c', 12, 13))

  expect(legs.map(leg => leg.isTight)).toEqual([false, true, false])
  expect(legs[1]!.seconds).toBeGreaterThan(600)
  expect(legs[1]!.x + legs[1]!.width).toBeCloseTo(210) // it ends where the job begins
})

test('utilisation is work and driving in the time that is no break', () => {
  expect(row(job('a', 8, 15.5)).utilisation).toBeCloseTo(1)
  expect(rowOf(technician({ shifts: [] }), [], new Set([DAY]), SCALE).utilisation).toBeNull()
})

test('what is shown reaches from the first to the last of shifts and jobs', () => {
  const spans = spansOf([technician()], [job('a', 15, 18)], new Set([DAY]))

  expect(Math.min(...spans.map(span => span.start_ms))).toBe(Date.parse(at(8)))
  expect(Math.max(...spans.map(span => span.end_ms))).toBe(Date.parse(at(18)))
})

test('arrows lead along a row, and to what is at the same time in the next row that has jobs', () => {
  const rows = [row(job('a', 8, 9), job('b', 12, 13)), row(), row(job('c', 8, 9), job('d', 12.5, 14))]

  expect(next(rows, 'a', 'ArrowRight')).toBe('b')
  expect(next(rows, 'b', 'ArrowRight')).toBeUndefined()
  expect(next(rows, 'b', 'ArrowDown')).toBe('d')
  expect(next(rows, 'c', 'ArrowUp')).toBe('a')
  expect(next(rows, 'd', 'Home')).toBe('c')
})

test('only rows near the screen are built', () => {
  expect(visible(60, 40, 0, 400)).toEqual({ first: 0, last: 14 })
  expect(visible(60, 40, 2000, 400)).toEqual({ first: 46, last: 60 })
  expect(visible(0, 40, 0, 400)).toEqual({ first: 0, last: 0 })
})
