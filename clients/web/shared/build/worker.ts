import type { Plugin } from 'vite'

/** Adds the file to a build as `sw.js`, the service worker of its client. */
export function serviceWorker(file: string): Plugin {
  return {
    name: 'truckroll:service-worker',
    apply: 'build',
    buildStart() {
      this.emitFile({ type: 'chunk', id: file, fileName: 'sw.js' })
    },
  }
}
