import { expect, test } from 'vitest'
import { read, written } from './view.svelte.ts'

test('an address says what is shown, and nothing that is as usual', () => {
  const address = 'territory=t1&day=2026-11-23&zoom=week&q=main+street'

  expect(written(read(`#${address}`))).toBe(address)
  expect(written(read(''))).toBe('')
})

test('an address with words that nobody knows shows what is usual', () => {
  expect(read('#zoom=years&panel=cellar')).toMatchObject({ zoom: 'day', panel: 'backlog' })
})
