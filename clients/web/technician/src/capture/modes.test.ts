import { expect, it } from 'vitest'
import { usualMode } from './modes.ts'

const parts = { 'ONT-G1': 1 }
const to_recover = [{ serial: 'NRSK0001', model: 'ONT-G1' }]

it('puts in what a job brings', () => {
  expect(usualMode({ parts, to_recover: [] })).toBe('install')
})

it('takes out where nothing is put in', () => {
  expect(usualMode({ parts: {}, to_recover })).toBe('recover')
  expect(usualMode({ parts: {}, to_recover: [] })).toBe('recover')
})

it('swaps where a job brings one and fetches another', () => {
  expect(usualMode({ parts, to_recover })).toBe('swap')
})
