/** Reads the codes of a picture, by ZXing in WebAssembly. This module is fetched when the first camera is opened. */
import { prepareZXingModule, readBarcodes, type ReaderOptions } from 'zxing-wasm/reader'
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'

/** What manufacturers print: one-dimensional, stacked and matrix codes, several of them on one label. */
const OPTIONS: ReaderOptions = {
  formats: ['Code128', 'Code39', 'DataMatrix', 'QRCode', 'PDF417'],
  maxNumberOfSymbols: 6,
  tryHarder: true,
}

prepareZXingModule({ overrides: { locateFile: () => wasm } })

/** The texts of the codes in a picture, each once, from top to bottom. */
export async function textsIn(picture: ImageData): Promise<string[]> {
  const found = (await readBarcodes(picture, OPTIONS)).filter(code => code.isValid && code.text)
  found.sort((one, other) => one.position.topLeft.y - other.position.topLeft.y)
  return [...new Set(found.map(code => code.text))]
}
