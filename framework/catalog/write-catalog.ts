/** Writes a catalogue into a directory, as a page that opens from a file. */
import { randomBytes } from 'node:crypto'
import { copyFile, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LakeError } from '../errors.ts'
import { makeDirectory } from '../storage/local/make-directory.ts'
import { cannotWrite } from '../storage/storage-error.ts'
import { printable } from '../text/printable.ts'
import { withoutKnownSecrets } from '../text/redact.ts'
import type { Catalog } from './catalog.ts'
import { ASSETS_A_FILE } from './catalog-document.ts'
import { MARK, pageHtml } from './page-html.ts'

const PAGE = 'index.html'

/**
 * Replaces the catalogue that an earlier call wrote there. The page itself changes last; until
 * then, it shows the earlier data. Throws `usage` if the directory contains other files.
 */
export async function writeCatalog({ index, assets }: Catalog, directory: string): Promise<void> {
  const data = `data-${randomBytes(4).toString('hex')}`
  await storing(directory, async () => {
    await refuseOthers(directory)
    makeDirectory(join(directory, data))
    await Promise.all([
      copyLibraries(join(directory, 'lib')),
      writeFile(join(directory, data, 'index.js'), callWith('index', index)),
    ])
    const documents = assets[Symbol.iterator]()
    for (let file = 0; file * ASSETS_A_FILE < index.assets.length; file++) {
      const some = Array.from({ length: ASSETS_A_FILE }, () => documents.next().value).filter(
        (one) => one !== undefined,
      )
      await writeFile(join(directory, data, `assets-${file}.js`), callWith('assets', some))
    }
    await writeFile(join(directory, `.${data}.html`), pageHtml({ data }))
    await rename(join(directory, `.${data}.html`), join(directory, PAGE))
    await removeEarlier(directory, data)
  })
}

async function storing(directory: string, work: () => Promise<void>): Promise<void> {
  await work().catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof LakeError || cause.code === undefined) throw cause
    throw cannotWrite(`the catalogue in ${directory}`, cause)
  })
}

async function refuseOthers(directory: string): Promise<void> {
  makeDirectory(directory)
  const names = await readdir(directory)
  if (names.length === 0 || names.every((name) => OWN_DATA.test(name) || name === 'lib')) return
  const page = await readFile(join(directory, PAGE), 'utf8').catch(() => '')
  if (page.includes(MARK)) return
  throw new LakeError('usage', {
    problem: `${directory} has files that are not part of a catalogue`,
    remedy: 'Name an empty directory, or one that lake catalog has written.',
  })
}

const OWN_DATA = /^\.?data-[0-9a-f]{8}(\.html)?$/

async function removeEarlier(directory: string, data: string): Promise<void> {
  const earlier = (await readdir(directory)).filter((name) => OWN_DATA.test(name) && name !== data)
  await Promise.all(earlier.map((name) => rm(join(directory, name), { recursive: true, force: true })))
}

/**
 * A script that passes a document to the page, because a page from a file cannot fetch. The script
 * holds the document as JSON in a string. So the document cannot end the script, and names such as
 * `__proto__` have no effect. Its texts are safe to show and contain no secrets.
 */
export function callWith(name: 'index' | 'assets', document: unknown): string {
  const text = JSON.stringify(withoutKnownSecrets(printableJson(document)))
  return `lakeCatalog.${name}(${text.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')})\n`
}

/** Goes through all texts only if one of them has a character that `printable` replaces. */
function printableJson(document: unknown): string {
  const json = JSON.stringify(document)
  if (/^[ -~]*$/.test(json) && !/\\[bfrtu]/.test(json)) return json
  return JSON.stringify(document, (_, value) => (typeof value === 'string' ? printable(value) : value))
}

/**
 * Packages whose files the page loads: the file, and its licence where the file does not have it.
 */
const LIBRARIES = [
  'cytoscape/dist/cytoscape.min.js',
  'uplot/dist/uPlot.iife.min.js',
  'uplot/dist/uPlot.min.css',
] as const
const LICENCES = { 'uplot/package.json': 'LICENSE' } as const

async function copyLibraries(lib: string): Promise<void> {
  makeDirectory(lib)
  const resolver = createRequire(import.meta.url)
  const copies = LIBRARIES.map((file) => copyFile(resolver.resolve(file), join(lib, file.split('/').at(-1) ?? file)))
  const licences = Object.entries(LICENCES).map(([manifest, file]) =>
    copyFile(join(dirname(resolver.resolve(manifest)), file), join(lib, `${dirname(manifest)}-${file}.txt`)),
  )
  const built = await builtPage()
  const own = Object.entries({ 'main.js': 'page.js', 'page.css': 'page.css' }).map(([from, to]) =>
    copyFile(join(built, from), join(lib, to)),
  )
  await Promise.all([...copies, ...licences, ...own])
}

/** The directory of the page's built script and style, beside the bundled program. */
async function builtPage(): Promise<string> {
  for (const path of ['./catalog/', '../catalog/']) {
    const directory = fileURLToPath(new URL(path, import.meta.url))
    const names = await readdir(directory).catch((): readonly string[] => [])
    if (names.includes('page.css')) return directory
  }
  throw new Error('the page of the catalogue is not built: npm run build')
}
