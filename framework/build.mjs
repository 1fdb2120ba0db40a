/**
 * Builds dist/: the program, the library and the thread that packs lines, as modules that share
 * chunks; also the script and the style of the catalogue's page. `npm run build` runs it.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { build } from 'esbuild'

/** Packages that only some commands load, or that are loaded from their own files. */
const EXTERNAL = [
  ...['@duckdb/node-bindings', '@aws-sdk/*', 'jiti', 'sucrase', 'hyparquet', 'hyparquet-writer', 'ink', 'react'],
  ...['seek-bzip', 'zstddec', 'xxhash-wasm', 'croner', 'fflate', 'p-queue', 'graphology', 'commander'],
  ...['cytoscape', 'uplot', 'apache-arrow'],
]

/** CommonJS modules in the bundle call `require`, which modules lack. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);\n"
const CALLS_REQUIRE = /(?<![.\w$])require\b/

/**
 * An import without names. esbuild writes one for each chunk that another one loads. No module here
 * depends on the effects of loading another: it imports what it uses by name.
 */
const BARE_IMPORT = /(?<=^|[;\n])import"\.[^"]*";/g

const { outputFiles } = await build({
  entryPoints: ['framework/cli/main.ts', 'framework/index.ts', 'framework/ingest/pack/packing-thread.ts'],
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  outdir: 'dist',
  entryNames: '[name]',
  chunkNames: 'chunks/[hash]',
  external: EXTERNAL,
  logLevel: 'warning',
  write: false,
})
for (const { path, text } of outputFiles) {
  const code = text.replace(BARE_IMPORT, '')
  const [, hashBang = '', rest = ''] = /^(#!.*\n)?([\s\S]*)$/.exec(code) ?? []
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${hashBang}${CALLS_REQUIRE.test(rest) ? REQUIRE : ''}${rest}`)
}

await build({
  entryPoints: ['framework/catalog/page/main.ts', 'framework/catalog/page/page.css'],
  bundle: true,
  format: 'iife',
  target: 'es2022',
  minify: true,
  outdir: 'dist/catalog',
  logLevel: 'warning',
})
