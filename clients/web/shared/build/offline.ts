import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { precache } from './precache.ts'
import { serviceWorker } from './worker.ts'

/** Adds the service worker that keeps a client's files to a build, with their list and their version. */
export function offline(): Plugin {
  let publicDir = ''
  return {
    ...serviceWorker(join(import.meta.dirname, '../offline/worker.ts')),
    name: 'truckroll:offline',
    configResolved(config) {
      publicDir = config.publicDir
    },
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const { 'sw.js': worker, ...rest } = bundle
        if (worker?.type !== 'chunk') throw new Error('The build holds no sw.js: was offline() listed twice?')
        const contents = new Map<string, string | Uint8Array>(publicFiles(publicDir))
        for (const [path, file] of Object.entries(rest)) contents.set(path, file.type === 'chunk' ? file.code : file.source)
        const { files, version } = precache(contents)
        worker.code = worker.code.replace('__FILES__', JSON.stringify(files)).replace('__VERSION__', JSON.stringify(version))
      },
    },
  }
}

/** Pictures for whoever thinks of installing it: a phone that did has no use for them. */
const SHOWCASE = 'screenshots'

/** The files that Vite copies as they are, which the bundle does not list. */
function publicFiles(folder: string): [string, Uint8Array][] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const entries = files.filter(entry => entry.parentPath !== join(folder, SHOWCASE))
  return entries.map(entry => {
    const path = join(entry.parentPath, entry.name)
    return [path.slice(folder.length + 1), readFileSync(path)]
  })
}
