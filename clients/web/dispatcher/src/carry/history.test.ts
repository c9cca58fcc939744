import { expect, test } from 'vitest'
import { nextRedo, nextUndo, type Step } from './history.ts'

const steps = (...states: Step['state'][]) => states.map((state, index) => ({ id: String(index), state }) as Step)

test('the newest step that stands is undone first', () => {
  expect(nextUndo(steps('undone', 'done', 'done'))?.id).toBe('1')
  expect(nextUndo(steps('undone'))).toBeUndefined()
})

test('what was undone last is done again first', () => {
  expect(nextRedo(steps('undone', 'undone', 'done'), [])?.id).toBe('1')
  expect(nextRedo(steps('undone', 'undone'), [])?.id).toBe('1')
})

test('a new step leaves nothing to do again', () => {
  expect(nextRedo(steps('done', 'undone', 'undone'), [])).toBeUndefined()
})

test('a page knows what it has undone itself: a step that was undone before a newer one is left alone', () => {
  expect(nextRedo(steps('undone', 'undone', 'done'), ['0'])?.id).toBe('0')
})
