import { client } from '../shared/build/client.ts'

export default client('tracking')
