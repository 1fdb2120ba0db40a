/**
 * Loads a project whose files import only lake and each other, from cached compiled code if
 * possible.
 */
import { hash } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Script } from 'node:vm'
import * as api from '../../../index.ts'
import { type CachedFile, type CachedProject, CodeFile } from './code-file.ts'
import { compilePlain } from './plain-code.ts'

/** A config and the files that it imports, evaluated. */
export interface PlainProject {
  /** The exports of the config. */
  readonly exports: Readonly<Record<string, unknown>>
  readonly files: readonly string[]
  /** The text that an earlier `save` stored for exactly these files; undefined if none did. */
  readonly checked: string | undefined
  /** Stores the compiled files. Stores `checked` too, if nothing but the files can determine it. */
  save(checked: string): void
}

interface PlainFile extends CachedFile {
  readonly path: string
  /** Path in an import -> absolute path of the file. */
  readonly targets: ReadonlyMap<string, string>
}

/**
 * Evaluates the config. Returns undefined if the config or a file that it imports is not plain, or
 * fails. Then jiti loads the project, or reports its mistake.
 */
export async function loadPlainProject(config: string): Promise<PlainProject | undefined> {
  const store = CodeFile.open(config)
  if (!store) return undefined
  const cached = store.read()
  const files = await readFiles(config, cached)
  const key = files && checkedKey(files)
  const evaluated = files && evaluate(config, files)
  if (!evaluated) return undefined
  const checked = key !== undefined && cached?.checked?.key === key ? cached.checked.assets : undefined
  const isStored = files.every(({ compiled }) => compiled) && cached?.files.length === files.length
  return {
    exports: evaluated.exports,
    files: files.map(({ path }) => path),
    checked,
    save: (assets) => {
      if (isStored && (key === undefined || checked === assets)) return
      store.write({
        files: files.map((file, index) => ({ ...file, compiled: compiledBy(evaluated.scripts[index], file.compiled) })),
        checked: key === undefined ? undefined : { key, assets },
      })
    },
  }
}

/** Reads the config and all files that it imports, and compiles those that are not cached. */
async function readFiles(config: string, cached: CachedProject | undefined): Promise<readonly PlainFile[] | undefined> {
  const known = new Map(cached?.files.map((file) => [file.source, file]))
  const paths = new Set([config])
  const files: PlainFile[] = []
  for (const path of paths) {
    const text = ifPresent(() => readFileSync(path, 'utf8'))
    if (text === undefined) return undefined
    const source = hash('sha256', text)
    const file = known.get(source) ?? (await compiledFile(text))
    const targets = file && targetsOf(path, file.imports)
    if (!targets) return undefined
    files.push({ compiled: undefined, ...file, source, path, targets })
    for (const target of targets.values()) paths.add(target)
  }
  return files
}

/** Returns undefined if one of the files does not exist under exactly this name. */
function targetsOf(path: string, imports: readonly string[]): ReadonlyMap<string, string> | undefined {
  const targets = new Map<string, string>()
  for (const specifier of imports) {
    if (specifier === 'lake') continue
    const target = ifPresent(() => realpathSync.native(resolve(dirname(path), specifier)))
    if (target === undefined) return undefined
    targets.set(specifier, target)
  }
  return targets
}

function ifPresent(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

async function compiledFile(text: string): Promise<Pick<CachedFile, 'code' | 'imports' | 'reads'> | undefined> {
  const { transform } = await import('sucrase')
  return compilePlain(text, transform)
}

/**
 * Hash of everything on which the exports of the files depend; undefined if they can depend on
 * more.
 */
function checkedKey(files: readonly PlainFile[]): string | undefined {
  const variables = new Set<string>()
  for (const { reads } of files) {
    if (!reads) return undefined
    for (const name of reads) variables.add(name)
  }
  const values = [...variables].toSorted().map((name) => [name, process.env[name] ?? null])
  return hash('sha256', JSON.stringify([values, files.map(({ path, source }) => [path, source])]))
}

interface Evaluated {
  readonly exports: Readonly<Record<string, unknown>>
  /** One for each file, in their order. */
  readonly scripts: readonly (Script | undefined)[]
}

type ModuleBody = (exports: object, require: (specifier: string) => unknown, module: object, ...place: string[]) => void

/** Evaluates the config, and each file when it is first imported. undefined if one throws. */
function evaluate(config: string, files: readonly PlainFile[]): Evaluated | undefined {
  const scripts = new Map<string, Script>()
  const modules = new Map<string, { readonly exports: Record<string, unknown> }>()
  const byPath = new Map(files.map((file) => [file.path, file]))
  const load = (path: string): object => {
    const loaded = modules.get(path)
    if (loaded) return loaded.exports
    const file = byPath.get(path)
    if (!file) throw new Error(`${path} was not read`)
    const module = { exports: {} }
    modules.set(path, module)
    const script = scriptOf(file)
    scripts.set(path, script)
    const body = script.runInThisContext() as ModuleBody
    const require = (specifier: string) => (specifier === 'lake' ? api : load(file.targets.get(specifier) ?? ''))
    body.call(module.exports, module.exports, require, module, path, dirname(path))
    return module.exports
  }
  try {
    const exports = load(config) as Evaluated['exports']
    return { exports, scripts: files.map(({ path }) => scripts.get(path)) }
  } catch {
    return undefined
  }
}

/** V8's form of the code: the cached one, unless this V8 rejected it. */
const compiledBy = (script: Script | undefined, cached: Uint8Array | undefined): Uint8Array | undefined =>
  cached !== undefined && script?.cachedDataRejected === false ? cached : script?.createCachedData()

/** The wrapper adds no line, so that stack traces name the lines of the source. */
function scriptOf({ path, code, compiled }: PlainFile): Script {
  return new Script(`(function (exports, require, module, __filename, __dirname) { ${code}\n})`, {
    filename: path,
    ...(compiled && { cachedData: Buffer.from(compiled) }),
  })
}
