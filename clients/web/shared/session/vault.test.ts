import { expect, test } from 'vitest'
import { keyIn, movedVault, newBrowserKey, newVault } from './vault.ts'
import { openWith, sealWith } from './pin.ts'

test('what was sealed is opened by the same key behind another one', async () => {
  const [browser, pin] = [await newBrowserKey(), await newBrowserKey()]
  const vault = await newVault('anna', browser, false)
  const sealed = await sealWith(await keyIn(vault, browser), { name: 'Sirpa' })

  const behindPin = await movedVault(vault, browser, pin, true)

  expect(await openWith(await keyIn(behindPin, pin), sealed)).toEqual({ name: 'Sirpa' })
  await expect(keyIn(behindPin, browser)).rejects.toThrow()
})

test('neither key tells what it is', async () => {
  const browser = await newBrowserKey()
  const key = await keyIn(await newVault('anna', browser, false), browser)

  await expect(crypto.subtle.exportKey('raw', browser)).rejects.toThrow()
  await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow()
})
