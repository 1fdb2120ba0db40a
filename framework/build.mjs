/**
 * Builds dist/: the code of the program, of the library and of the thread that packs lines, as one
 * file of chunks; the files that run them; the script and the style of the catalogue's page; the
 * documents of `lake help`; and the PySpark job with its package as a zip. `npm run build` runs it.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, parse, relative, resolve, sep } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import asc from 'assemblyscript/asc'
import { build } from 'esbuild'
import { zipSync } from 'fflate'
import { bundleChunks, SCOPE } from './bundle-chunks.mjs'

/** Packages that only some commands load, or that are loaded from their own files. */
const EXTERNAL = [
  ...['@duckdb/node-bindings', '@aws-sdk/*', 'jiti', 'sucrase', 'hyparquet', 'hyparquet-writer', 'ink', 'react'],
  ...['seek-bzip', 'zstddec', 'xxhash-wasm', 'fflate'],
  ...['cytoscape', 'uplot', 'apache-arrow'],
]

/** What the program reads of package.json, which would otherwise be in the bundle as a whole. */
const MANIFEST = {
  name: 'manifest',
  setup({ onLoad }) {
    onLoad({ filter: /package\.json$/ }, ({ path }) => {
      if (path !== resolve('package.json')) return undefined
      const { version, dependencies, devDependencies } = JSON.parse(readFileSync(path, 'utf8'))
      const { typescript, vitest, '@types/node': types } = devDependencies
      const own = { version, dependencies: { '@duckdb/node-api': dependencies['@duckdb/node-api'] } }
      const contents = JSON.stringify({ ...own, devDependencies: { typescript, vitest, '@types/node': types } })
      return { contents, loader: 'json' }
    })
  },
}

const { outputFiles, metafile } = await build({
  entryPoints: ['framework/cli/main.ts', 'framework/index.ts', 'framework/ingest/pack/threads/packing-thread.ts'],
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
  plugins: [MANIFEST],
  logLevel: 'warning',
  write: false,
  metafile: true,
  define: { 'import.meta.url': `${SCOPE}.u`, 'import.meta.dirname': `${SCOPE}.d` },
})
const sources = Object.values(metafile.outputs).flatMap(({ entryPoint }) => entryPoint ?? [])

/** `framework/cli/commands/project/status.ts` -> `status`, or its path if others have that name. */
function rootName(source) {
  if (source === undefined) return undefined
  const { dir, name } = parse(source)
  const isUnique = sources.filter((other) => parse(other).name === name).length === 1
  return isUnique ? name : `${dir.replace('framework/', '').replaceAll('/', '-')}-${name}`
}

const outputs = outputFiles.map(({ path, text }) => {
  const { entryPoint, imports } = metafile.outputs[relative('.', path)]
  return { path, text, root: rootName(entryPoint), imports: imports.map((imported) => imported.path) }
})
mkdirSync('dist/types', { recursive: true })
writeFileSync('dist/code.txt', bundleChunks(outputs))

// CommonJS, which Node loads faster. Only the library is a module.
writeFileSync('dist/package.json', '{"type":"commonjs"}\n')
writeFileSync('dist/types/package.json', '{"type":"module"}\n')
writeFileSync('dist/main.js', `#!/usr/bin/env node\nrequire('./boot.js').run('main', { keep: true })\n`)
writeFileSync('dist/packing-thread.js', `require('./boot.js').run('packing-thread')\n`)
const { exports } = metafile.outputs['dist/index.js']
writeFileSync(
  'dist/index.mjs',
  `import boot from './boot.js'\nexport const { ${exports.join(', ')} } = boot.run('index')\n`,
)
await build({
  entryPoints: ['framework/boot/boot.ts'],
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  minify: true,
  outdir: 'dist',
  logLevel: 'warning',
})

await build({
  entryPoints: ['framework/catalog/page/main.ts', 'framework/catalog/page/page.css'],
  bundle: true,
  format: 'iife',
  target: 'es2022',
  minify: true,
  outdir: 'dist/catalog',
  logLevel: 'warning',
})

const { error, stderr } = await asc.main([
  ...['framework/scanner/index.ts', '--outFile', 'dist/scanner.wasm'],
  ...['--runtime', 'stub', '-O3', '--noAssert', '--enable', 'simd,bulk-memory', '--use', 'abort='],
])
if (error) throw new Error(`the scanner does not compile:\n${stderr.toString()}`)

const JOB = 'framework/engines/spark/job'
mkdirSync('dist/spark', { recursive: true })
copyFileSync(`${JOB}/main.py`, 'dist/spark/main.py')
writeFileSync('dist/spark/lake_job.zip', zippedPackage())

const guides = readdirSync('docs/guides', { recursive: true, encoding: 'utf8' }).sort()
const documents = [...guides.map((path) => join('docs/guides', path)), 'docs/glossary.md', 'docs/readers.md']
  .filter((path) => path.endsWith('.md'))
  .map((path) => [parse(path).name, readFileSync(path, 'utf8')])
writeFileSync('dist/documents.json.br', brotliCompressSync(JSON.stringify(Object.fromEntries(documents))))

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
