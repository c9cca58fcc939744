import { createHash } from 'node:crypto'

/** What a service worker keeps: addresses relative to its own, and a version that changes with any content. */
export type Precache = { files: string[]; version: string }

/** The precache list of a build. `contents` maps each file's path to its bytes; source maps are not kept. */
export function precache(contents: Map<string, string | Uint8Array>): Precache {
  const hash = createHash('sha256')
  const paths = [...contents.keys()].filter(path => !path.endsWith('.map')).sort()
  for (const path of paths) hash.update(path).update('\0').update(contents.get(path)!).update('\0')
  // The index page is kept under the address a person opens, so that a navigation finds it.
  return { files: paths.map(path => (path === 'index.html' ? './' : path)), version: hash.digest('hex').slice(0, 12) }
}
