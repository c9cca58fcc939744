import { expect, it } from 'vitest'
import type { Job } from '../../../shared/documents.ts'
import { isOver } from './filter.ts'

const END = '2026-11-30T08:00:00Z'
const job = (window: object | null) => ({ window }) as Job

it('calls a window over from its end on, and nothing where none was promised', () => {
  expect(isOver(job({ end: END }), Date.parse(END))).toBe(false)
  expect(isOver(job({ end: END }), Date.parse(END) + 1)).toBe(true)
  expect(isOver(job(null), Date.parse(END))).toBe(false)
})
