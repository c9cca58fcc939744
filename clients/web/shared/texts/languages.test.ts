/** TypeScript holds the languages to the shape of English; what is looked up by a code of the server is held here. */
import { expect, test } from 'vitest'
import * as english from './en.ts'
import { LANGUAGES } from './words.ts'

const BY_CODE = ['JOB_STATES', 'OPERATIONS', 'FIELD_REASONS', 'REASON_ROOTS', 'MUTATION_STATES', 'SERVICES', 'RESOURCES'] as const
/** What only somebody in the office is told. */
const OFFICE_ONLY = new Set([
  'export_release_needed', 'nothing_to_apply', 'not_yours_to_repair',
  'cannot_repair', 'wrong_credentials', 'second_factor_needed', 'wrong_code', 'job_underway', 'technician_busy', 'needs_crew', 'bad_trouble', 'nothing_kept', 'only_a_replay', 'bad_split', 'outside_every_territory', 'tried_too_wide',
])

test.each(Object.keys(LANGUAGES))('%s has a word for every code of the server', async tag => {
  const words = await LANGUAGES[tag]!.load()

  for (const table of BY_CODE) expect(Object.keys(words[table])).toEqual(Object.keys(english[table]))
})

test.each(Object.keys(LANGUAGES))('%s has a sentence for every reason that a technician is told', async tag => {
  const { REASONS } = await LANGUAGES[tag]!.load()

  expect(Object.keys(english.REASONS).filter(code => !OFFICE_ONLY.has(code) && !REASONS[code])).toEqual([])
})

test.each(['fi', 'es'])('%s says nothing in English by mistake', async tag => {
  const words = await LANGUAGES[tag]!.load()

  const same = Object.entries(english.JOB).filter(([key, text]) => typeof text === 'string' && key !== 'no' && words.JOB[key as 'back'] === text)
  expect(same).toEqual([])
})
