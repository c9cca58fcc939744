/** TypeScript holds the languages to the shape of English; what is looked up by a code of the server is held here. */
import { expect, test } from 'vitest'
import { TEXTS, languageOf } from './texts.ts'

test.each(['fi', 'es'])('%s has a word for every code, and says nothing in English by mistake', tag => {
  const [words, english] = [TEXTS[tag]!, TEXTS.en!]

  for (const table of ['states', 'steps', 'troubles'] as const) expect(Object.keys(words[table])).toEqual(Object.keys(english[table]))
  const same = Object.entries(english).filter(([key, text]) => typeof text === 'string' && words[key as 'back'] === text)
  expect(same).toEqual([])
})

test('a language that we do not speak is English', () => {
  expect([languageOf('fi-FI'), languageOf('ES'), languageOf('sv')]).toEqual(['fi', 'es', 'en'])
})
