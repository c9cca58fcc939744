// Says what codes are in a picture: node read_codes.mjs FOLDER-OF-NODE-MODULES WIDTH, with its grey pixels on standard input.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, width] = process.argv.slice(2)
const require = createRequire(join(modules, 'x.js'))
const { prepareZXingModule, readBarcodes } = await import(pathToFileURL(require.resolve('zxing-wasm/reader')))
const wasm = readFileSync(require.resolve('zxing-wasm/reader/zxing_reader.wasm'))
const wasmBinary = wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength)
await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true })
const grey = readFileSync(0)
const data = new Uint8ClampedArray(grey.length * 4)
grey.forEach((shade, index) => data.fill(shade, 4 * index, 4 * index + 3).fill(255, 4 * index + 3, 4 * index + 4))
const found = await readBarcodes({ data, width: Number(width), height: grey.length / Number(width), colorSpace: 'srgb' }, { tryInvert: false })
for (const { text } of found) console.log(text)
