import { expect, test } from 'vitest'
import { precache } from './precache.ts'

const build = () => new Map([['index.html', '<p>'], ['assets/a.js', 'a'], ['assets/a.js.map', '{}']])

test('the index page is kept under the address a person opens', () => {
  expect(precache(build()).files).toEqual(['assets/a.js', './'])
})

test('the version changes when the content of a file changes', () => {
  expect(precache(build().set('assets/a.js', 'b')).version).not.toBe(precache(build()).version)
})

test('the version stays the same whatever the order of the files', () => {
  const reversed = new Map([...build()].reverse())

  expect(precache(reversed)).toEqual(precache(build()))
})

test('a source map changes neither the files nor the version', () => {
  expect(precache(build().set('assets/a.js.map', '{"changed":1}'))).toEqual(precache(build()))
})
