// Draws a QR code as rows of digits, 1 for dark: node labels.mjs FOLDER-OF-NODE-MODULES TEXT. It is shown to a camera.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, text] = process.argv.slice(2)
const require = createRequire(join(modules, 'x.js'))
const { prepareZXingModule, writeBarcode } = await import(pathToFileURL(require.resolve('zxing-wasm/writer')))
const wasm = readFileSync(require.resolve('zxing-wasm/writer/zxing_writer.wasm'))
const wasmBinary = wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength)
await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true })
const { symbol, error } = await writeBarcode(text, { format: 'QRCode', scale: 1 })
if (!symbol) throw new Error(error)
const { data, width, height } = symbol
for (let y = 0; y < height; y++) {
  console.log([...data.slice(y * width, (y + 1) * width)].map(shade => (shade ? 0 : 1)).join(''))
}
