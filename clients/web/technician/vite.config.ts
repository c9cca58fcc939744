import { client } from '../shared/build/client.ts'
import { offline } from '../shared/build/offline.ts'

export default client('technician', offline())
