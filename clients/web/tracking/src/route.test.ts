import { expect, test } from 'vitest'
import { screenOf, tokenOf } from './route.svelte.ts'

const TOKEN = `trl_${'a'.repeat(43)}`

test('a link has its token before the screen', () => {
  expect(tokenOf(`#${TOKEN}`)).toBe(TOKEN)
  expect(tokenOf(`#${TOKEN}/time`)).toBe(TOKEN)
  expect(screenOf(`#${TOKEN}/time`)).toBe('time')
})

test.each(['', '#', '#trl_', '#trl_short', `#tra_${'a'.repeat(43)}`, `#${TOKEN}?x`])('%s is no link', hash => {
  expect(tokenOf(hash)).toBeNull()
})

test('an unknown screen is the visit', () => expect(screenOf(`#${TOKEN}/nowhere`)).toBe('visit'))
