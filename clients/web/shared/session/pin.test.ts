import { expect, test } from 'vitest'
import { keyBehind, lockWith, openWith, PIN_FORM, sealWith } from './pin.ts'

const SECRET = { refresh_token: 'r1' }

test('the right PIN opens what was locked with it', async () => {
  const { lock } = await lockWith('2468', SECRET)

  expect(await openWith((await keyBehind('2468', lock))!, lock)).toEqual(SECRET)
})

test('a wrong PIN opens nothing', async () => {
  const { lock } = await lockWith('2468', SECRET)

  expect(await keyBehind('2469', lock)).toBeNull()
})

test('nothing that is kept holds the secret in the clear', async () => {
  const { lock } = await lockWith('2468', SECRET)

  const kept = [lock.wrapped, lock.sealed].map(bytes => Buffer.from(bytes).toString('latin1')).join()
  expect(kept).not.toContain('r1')
})

test('tokens that were renewed while the phone was open are behind the same PIN', async () => {
  const { lock, key } = await lockWith('2468', SECRET)

  const renewed = { ...lock, ...(await sealWith(key, { refresh_token: 'r2' })) }

  expect(await openWith((await keyBehind('2468', renewed))!, renewed)).toEqual({ refresh_token: 'r2' })
})

test.each([['1234', true], ['12345678', true], ['123', false], ['123456789', false], ['12a4', false], ['', false]])(
  '%s is a PIN: %s',
  (pin, isOne) => {
    expect(PIN_FORM.test(pin)).toBe(isOne)
  },
)
