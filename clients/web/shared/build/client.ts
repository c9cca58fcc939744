import { join } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type PluginOption } from 'vite'

const SERVER = 'http://127.0.0.1:8000'
const BUILT = join(import.meta.dirname, '../../../../backend/web')

/** The Vite settings of the client `name`, which the server offers at `/<name>/`. */
export function client(name: string, ...plugins: PluginOption[]) {
  return defineConfig({
    base: `/${name}/`,
    // 'baseline-widely-available' is what the phones of a field crew run after two and a half years.
    build: { outDir: join(BUILT, name), emptyOutDir: true, target: 'baseline-widely-available' },
    server: { proxy: { '/api': SERVER, '/files': SERVER, '/sync': SERVER } },
    plugins: [svelte(), ...plugins],
  })
}
