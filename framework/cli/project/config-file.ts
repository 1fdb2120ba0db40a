import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, sep } from 'node:path'
import { configSchema, type ProjectConfig } from '../../declare/project.ts'
import { LakeError } from '../../errors.ts'
import * as api from '../../index.ts'
import { codeCacheRoot } from '../../storage/local/cache-root.ts'
import { makePrivate } from '../../storage/local/private-directory.ts'
import { loadFailure } from './load-failure.ts'
import { parseLocalPath } from './place.ts'

export interface LoadedConfig {
  readonly config: ProjectConfig
  readonly file: string
  /** Relative paths of the config are relative to this directory. */
  readonly root: string
  /** The project's files that were loaded: the config and what it imports, packages aside. */
  readonly files: readonly string[]
}

const CONFIG_PATH = join('config', 'lake.config.ts')

/** Loads the config and all that it imports, as TypeScript, without a build. Throws `config`, naming the file and what is wrong. */
export async function loadConfig(explicit: string | undefined, cwd: string): Promise<LoadedConfig> {
  const file = realpathSync(
    explicit === undefined
      ? findConfig(cwd)
      : existing(parseLocalPath({ what: '--config', written: explicit, base: cwd })),
  )
  const { result, files } = await freshly(() => importConfig(file)).catch((cause) => {
    throw loadFailure(file, cause, loaded)
  })
  const config = checkConfig(result, file)
  const directory = dirname(file)
  const root = basename(directory) === 'config' ? dirname(directory) : directory
  return { config, file, root, files }
}

function findConfig(cwd: string): string {
  for (let directory = cwd; ; directory = dirname(directory)) {
    const candidate = join(directory, CONFIG_PATH)
    if (existsSync(candidate)) return candidate
    if (directory === dirname(directory)) break
  }
  throw new LakeError(
    'config',
    `there is no ${CONFIG_PATH} in ${cwd} or above it. Go to the project's directory, or name the file with --config.`,
  )
}

function existing(file: string): string {
  if (existsSync(file)) return file
  throw new LakeError('config', `the config ${file} does not exist`)
}

const { cache } = createRequire(import.meta.url)

/** What the last load of a project has left in the cache of modules. */
let loaded: readonly string[] = []

/** The files that `load` reads, packages aside. A process that loads a project again gets all of them as they are by then. */
async function freshly<Result>(
  load: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly files: readonly string[] }> {
  for (const file of loaded) delete cache[file]
  const before = new Set(Object.keys(cache))
  try {
    const result = await load()
    return { result, files: loadedSince(before) }
  } finally {
    loaded = loadedSince(before)
  }
}

const loadedSince = (before: ReadonlySet<string>): readonly string[] =>
  Object.keys(cache).filter((file) => !before.has(file) && !file.includes(`${sep}node_modules${sep}`))

async function importConfig(file: string): Promise<unknown> {
  // `lake` is this very framework: a second copy of it would not know the column types that the first one declared.
  // Required, not imported: to import a CommonJS module Node first reads all of it for the names that it exports.
  const { createJiti } = createRequire(import.meta.url)('jiti') as typeof import('jiti')
  const jiti = createJiti(file, {
    virtualModules: { lake: api },
    fsCache: codeCache() ?? false,
    interopDefault: false,
  })
  return jiti.import(file, { default: true })
}

/**
 * Where compiled configs are kept, which every command runs: a directory of this user alone. Undefined where there can be none, or others
 * could have put something there: then the config is compiled anew each time.
 */
function codeCache(): string | undefined {
  try {
    makePrivate(codeCacheRoot())
    return codeCacheRoot()
  } catch (error) {
    if (error instanceof LakeError) return undefined
    throw error
  }
}

function checkConfig(loaded: unknown, file: string): ProjectConfig {
  const result = configSchema.safeParse(loaded)
  if (result.success) return loaded as ProjectConfig
  const issues = result.error.issues.map(
    ({ path, message }) => `  ${path.join('.') || 'the default export'}: ${message}`,
  )
  throw new LakeError('config', `${file} is not a config as defineConfig() makes it:\n${issues.join('\n')}`)
}
