import { expect, test } from 'vitest'
import { linkToken } from './link.ts'

test('the fragment of a link is its token', () => {
  const token = `trl_${'a-_9'.repeat(10)}`

  expect(linkToken(`#${token}`)).toBe(token)
})

test.each(['', '#', '#trl_short', '#tra_aaaaaaaaaaaaaaaaaaaaaaaaa', '#<script>'])('what is no token of a link is none: %s', hash => {
  expect(linkToken(hash)).toBeNull()
})
