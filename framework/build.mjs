/**
 * Builds dist/: the program, the library and the thread that packs lines, as modules that share
 * chunks, the script and the style of the catalogue's page, and the PySpark job with its package as
 * a zip. `npm run build` runs it.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { build } from 'esbuild'
import { zipSync } from 'fflate'

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

const JOB = 'framework/engines/spark/job'
mkdirSync('dist/spark', { recursive: true })
copyFileSync(`${JOB}/main.py`, 'dist/spark/main.py')
writeFileSync('dist/spark/lake_job.zip', zippedPackage())

/**
 * The same modules give the same bytes on every machine. A zip holds the hour that a clock on the
 * wall shows, so this hour is the same in every time zone.
 */
function zippedPackage() {
  const modules = readdirSync(`${JOB}/lake_job`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.py'))
    .sort()
    .map((path) => [['lake_job', ...path.split(sep)].join('/'), readFileSync(join(JOB, 'lake_job', path))])
  return zipSync(Object.fromEntries(modules), { mtime: new Date(1980, 0, 1), level: 9 })
}
