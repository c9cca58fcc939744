// Sends a file with tus-js-client: node send.mjs PACKAGE.JSON ENDPOINT TOKEN FILE METADATA CHUNK_BYTES
// Chunks smaller than the file begin with the creation; a whole file in it would have to get through in one go.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [packages, endpoint, token, file, metadata, chunkBytes] = process.argv.slice(2)
const { Upload } = createRequire(packages)('tus-js-client')
const body = readFileSync(file)

// This client waits for ever when the body of an answer is cut (it listens for 'end' only), and then nothing is left to do.
process.exitCode = 3

new Upload(body, {
  endpoint,
  metadata: JSON.parse(metadata),
  headers: { authorization: `Bearer ${token}` },
  chunkSize: Number(chunkBytes),
  uploadDataDuringCreation: body.length > Number(chunkBytes),
  retryDelays: Array(100).fill(20),
  onError(error) {
    console.error(error.message)
    process.exit(1)
  },
  onSuccess: () => process.exit(0),
}).start()
