import { expect, test } from 'vitest'
import { reasonsFor } from './lifecycles.ts'
import { FIELD_REASONS } from './texts/en.ts'

test.each(['not_done', 'suspend', 'follow_up'] as const)('every reason for %s has its words', op => {
  expect(reasonsFor(op).filter(path => !FIELD_REASONS[path])).toEqual([])
})
