import { expect, it } from 'vitest'
import { inWords } from './malformed.ts'

it.each([
  ["Expected `str` matching regex '^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\\n)'", 'Letters, digits, and . _ - between them; no blanks.'],
  ["Expected `str` matching regex '^[^@\\\\s]+@[^@\\\\s]+$(?!\\\\n)'", 'An e-mail address, such as name@example.com.'],
  ['Expected `str` of length >= 1', 'Write something here.'],
  ['Expected `str` of length <= 40', 'At most 40 characters or rows.'],
  ['Expected `int` >= 1', 'At least 1.'],
  ['Expected `int`, got `str`', 'A whole number.'],
  ['Object missing required field `name`', '“name” is missing.'],
  ['Object contains unknown field `colour`', 'There is no “colour” here.'],
  ["Invalid enum value 'boss'", '“boss” is none of the choices.'],
])('%s is said in words', (detail, words) => {
  expect(inWords(detail)).toBe(words)
})

it('leaves what it does not know as it is', () => {
  expect(inWords('number: 9')).toBe('number: 9')
})
