import { join } from 'node:path'
import { client } from '../shared/build/client.ts'
import { serviceWorker } from '../shared/build/worker.ts'

export default client('tracking', serviceWorker(join(import.meta.dirname, 'src/notifying/worker.ts')))
