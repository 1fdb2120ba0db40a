/** Loads the config and everything that it imports, as TypeScript, without a build. */
import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { configSchema, type ProjectConfig } from '../../declare/project.ts'
import { LakeError } from '../../errors.ts'
import * as api from '../../index.ts'
import { privateCodeCache } from '../../storage/local/private-directory.ts'
import { loadPlainProject, type PlainProject } from './code/plain-project.ts'
import { loadFailure } from './load-failure.ts'
import { parseLocalPath } from './location.ts'

export interface LoadedConfig {
  readonly config: ProjectConfig
  readonly file: string
  /** The directory that relative paths in the config start from. */
  readonly root: string
  /** The config and the files that it imports, without packages. */
  readonly files: readonly string[]
  /** undefined if the files are not all plain, or cannot be cached. */
  readonly plain: Pick<PlainProject, 'checked' | 'save'> | undefined
}

const CONFIG_PATH = join('config', 'lake.config.ts')

/** Throws `config` with the file and the mistake. */
export async function loadConfig(explicit: string | undefined, cwd: string): Promise<LoadedConfig> {
  const file = realpathSync(
    explicit === undefined
      ? findConfig(cwd)
      : existing(parseLocalPath({ what: '--config', written: explicit, base: cwd })),
  )
  const plain = await loadPlainProject(file)
  const { result, files } = plain
    ? { result: plain.exports.default ?? plain.exports, files: plain.files }
    : await freshly(() => importConfig(file)).catch((cause) => {
        throw loadFailure(file, cause, loaded)
      })
  const config = checkConfig(result, file)
  const directory = dirname(file)
  const root = basename(directory) === 'config' ? dirname(directory) : directory
  return { config, file, root, files, plain }
}

function findConfig(cwd: string): string {
  for (let directory = cwd; ; directory = dirname(directory)) {
    const candidate = join(directory, CONFIG_PATH)
    if (existsSync(candidate)) return candidate
    if (directory === dirname(directory)) break
  }
  throw new LakeError('config', {
    problem: `no ${CONFIG_PATH} exists in ${cwd} or above it`,
    remedy: `Go to the project's directory, or name the file with --config.`,
  })
}

function existing(file: string): string {
  if (existsSync(file)) return file
  throw new LakeError('config', {
    problem: `the config ${file} does not exist`,
    remedy: 'Correct --config, or make a project with `lake init`.',
  })
}

/** Node's `require`. With it, a module is loaded only when it is needed. */
const requireHere = (): NodeJS.Require => process.getBuiltinModule('node:module').createRequire(import.meta.url)

/** The files that the last load of a project added to the module cache. */
let loaded: readonly string[] = []

/**
 * Runs `load` after it removes the project's files from the module cache, so that a second load
 * sees changed files. Returns the files it read, without packages.
 */
async function freshly<Result>(
  load: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly files: readonly string[] }> {
  const { cache } = requireHere()
  for (const file of loaded) delete cache[file]
  const before = new Set(Object.keys(cache))
  try {
    const result = await load()
    return { result, files: addedTo(cache, before) }
  } finally {
    loaded = addedTo(cache, before)
  }
}

const addedTo = (cache: NodeJS.Require['cache'], before: ReadonlySet<string>): readonly string[] =>
  Object.keys(cache).filter((file) => !before.has(file) && !file.includes(`${sep}node_modules${sep}`))

async function importConfig(file: string): Promise<unknown> {
  // The project must import this very framework as `lake`: a second copy would not know the column
  // types of the first. `require` is faster than `import` here, because Node scans a CommonJS
  // module for its exports before it imports it.
  const { createJiti } = requireHere()('jiti') as typeof import('jiti')
  const jiti = createJiti(file, {
    virtualModules: { lake: api },
    fsCache: privateCodeCache() ?? false,
    interopDefault: false,
  })
  return jiti.import(file, { default: true })
}

function checkConfig(loaded: unknown, file: string): ProjectConfig {
  const result = configSchema.safeParse(loaded)
  if (result.success) return loaded as ProjectConfig
  const issues = result.error.issues.map(
    ({ path, message }) => `  ${path.join('.') || 'the default export'}: ${message}`,
  )
  const problem = `${file} is not a valid config for defineConfig():\n${issues.join('\n')}`
  const remedy = 'Correct it: the type of defineConfig() describes all settings.'
  throw new LakeError('config', { problem, remedy, message: `${problem}\n${remedy}` })
}
