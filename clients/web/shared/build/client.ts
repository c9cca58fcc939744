import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type PluginOption } from 'vite'

const SERVER = 'http://127.0.0.1:8000'
const ROOT = join(import.meta.dirname, '../../../..')
const BUILT = join(ROOT, 'backend/web')

/** What several maps share has a file of its own, by whose name it is known that only a map loads it (`bench/web/board.py`). */
const MAPS = { name: 'maplibre', test: /maplibre-gl/ }

/** MapLibre is 1,080 kB in one module that nothing can split, and only a map loads it; whatever else grows so large is worth a warning. */
const LARGEST_KB = 1100

/** The Vite settings of the client `name`, which the server offers at `/<name>/`. */
export function client(name: string, ...plugins: PluginOption[]) {
  return defineConfig({
    base: `/${name}/`,
    define: { __APP__: JSON.stringify(`${name} ${version()}`) },
    // 'baseline-widely-available' is what the phones of a field crew run after two and a half years.
    build: {
      outDir: join(BUILT, name),
      emptyOutDir: true,
      target: 'baseline-widely-available',
      chunkSizeWarningLimit: LARGEST_KB,
      // How long each plugin took is for whoever makes the build faster, and says nothing of what is built.
      rolldownOptions: { checks: { bundlerTimings: false }, output: { codeSplitting: { groups: [MAPS] } } },
    },
    server: { proxy: { '/api': SERVER, '/files': SERVER, '/sync': SERVER } },
    plugins: [svelte(), ...plugins],
  })
}

/** The product's, as its packages have it. */
function version(): string {
  return /^version = "(.+)"$/m.exec(readFileSync(join(ROOT, 'pyproject.toml'), 'utf8'))?.[1] ?? ''
}
