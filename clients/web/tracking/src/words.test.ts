import { expect, test } from 'vitest'
import type { Visit } from './server.ts'
import { TEXTS } from './texts/texts.ts'
import { expected, headline, isOver } from './words.ts'

const agreed: Visit = {
  state: 'agreed',
  window: { start: '2026-11-23T06:00:00Z', end: '2026-11-23T08:00:00Z', zone: 'Europe/Helsinki', local: '' },
  zone: 'Europe/Helsinki',
  what: 'Install fibre',
  city: 'Helsinki',
  language: 'en',
  arrival: null,
  technician: null,
  timeline: [],
  preparation: [],
  can_book: false,
  changes_until: null,
  proof: 'phone_digits',
  details: null,
}

test('before the visit the agreed time is said in the zone of the site', () => {
  const { title, detail } = headline(agreed, TEXTS.en!)

  expect(`${title}, ${detail}`).toBe('Your technician comes: Monday 23 November, between 08:00 and 10:00')
})

test('what is expected is an interval of whole five minutes', () => {
  const arrival = { earliest: '2026-11-23T06:12:40Z', expected: '2026-11-23T06:20:00Z', latest: '2026-11-23T06:41:00Z', computed_at: '' }

  expect(expected(arrival, TEXTS.en!, { language: 'en-GB', zone: 'Europe/Helsinki' })).toBe('Expected between 08:10 and 08:45')
})

test('on the way the technician has a first name', () => {
  expect(headline({ ...agreed, state: 'on_the_way', technician: 'Aino' }, TEXTS.en!).title).toBe('Aino is on the way')
})

test('a customer reads Finnish where Finnish is spoken', () => {
  expect(headline(agreed, TEXTS.fi!).title).toBe('Asentaja tulee: maanantai 23. marraskuuta')
})

test('a cancelled visit is told', () => {
  expect(headline({ ...agreed, state: 'cancelled' }, TEXTS.en!).title).toBe('The visit is cancelled')
})

test('a visit that was done, was not, or is cancelled is over', () => {
  const over = Object.keys(TEXTS.en!.states).filter(state => isOver({ state: state as Visit['state'] }))

  expect(over).toEqual(['done', 'not_done', 'cancelled'])
})
