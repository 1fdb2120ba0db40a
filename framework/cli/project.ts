import { resolve } from 'node:path'
import type { Asset } from '../declare/definition.ts'
import type { EmrEngineSettings, EngineSettings, Profile, ProjectConfig } from '../declare/project.ts'
import { LakeError } from '../errors.ts'
import { type AssetGraph, buildGraph } from '../graph/asset-graph.ts'
import type { Problem } from '../graph/problem.ts'
import type { Places } from '../observe/observe.ts'
import { openStorage } from '../storage/open-storage.ts'
import type { Storage } from '../storage/storage.ts'
import { hideSecret, secretSettings } from '../text/redact.ts'
import { CheckedQueriesFile } from './checked-queries-file.ts'
import { type LoadedConfig, loadConfig } from './config-file.ts'

/** The flags that every command takes. */
export interface GlobalFlags {
  readonly config?: string
  readonly profile?: string
  readonly lake?: string
  readonly input?: string
  readonly source?: readonly string[]
  readonly json?: boolean
  /** commander's form of --no-color. */
  readonly color?: boolean
}

/** A loaded project with the flags applied: what every command starts from. */
export interface Project {
  /** The directory that the config's paths are relative to. */
  readonly root: string
  readonly config: ProjectConfig
  readonly profile: Profile
  readonly graph: AssetGraph
  readonly places: Places
}

/** Throws `config` or `definition` with all that is wrong. */
export async function openProject(flags: GlobalFlags, cwd: string): Promise<Project> {
  const loaded = await loadConfig(flags.config, cwd)
  const profile = applyFlags(chooseProfile(loaded, flags.profile), flags, { cwd, root: loaded.root })
  hideSecrets(profile)
  const graph = loadGraph(loaded)
  checkSourceKeys(profile, graph)
  return { root: loaded.root, config: loaded.config, profile, graph, places: openPlaces(profile) }
}

const SHORTEST_AWS_SECRET = 16

/** What the profile and the environment hold that nobody is to see. */
function hideSecrets({ engine }: Profile): void {
  for (const value of Object.values(engine ? secretsOf(engine) : {})) hideSecret(value)
  for (const name of ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
    const value = process.env[name] ?? ''
    // Servers that are tried out have short ones, which are words.
    if (value.length >= SHORTEST_AWS_SECRET) hideSecret(value)
  }
}

function secretsOf(engine: EngineSettings): Readonly<Record<string, string>> {
  switch (engine.kind) {
    case 'duckdb':
      return {}
    case 'spark':
      return secretSettings({ ...engine.conf, ...settingsIn(engine.args ?? []) })
    case 'emr':
      return secretSettings({
        ...engine.sparkConf,
        ...Object.assign({}, ...Object.values(configurationsOf(engine))),
      })
  }
}

const configurationsOf = ({ cluster }: EmrEngineSettings) =>
  (cluster?.kind === 'transient' && cluster.configurations) || {}

/** Those of `--conf NAME=VALUE`. */
function settingsIn(args: readonly string[]): Readonly<Record<string, string>> {
  const settings = args.flatMap((arg) => {
    const [, name, value] = /^(?:--conf=)?([\w.-]+)=(.*)$/s.exec(arg) ?? []
    return name === undefined || value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(settings)
}

function chooseProfile({ config, file }: LoadedConfig, name = 'default'): Profile {
  const profile = Object.hasOwn(config.profiles, name) ? config.profiles[name] : undefined
  if (profile) return profile
  const known = Object.keys(config.profiles).join(', ') || 'none'
  throw new LakeError(
    'config',
    `${file} has no profile ${JSON.stringify(name)} (it has: ${known}); name one with --profile`,
  )
}

interface Directories {
  readonly cwd: string
  readonly root: string
}

/** Flags are relative to where the command was typed, the config's paths to the project. */
function applyFlags(profile: Profile, flags: GlobalFlags, { cwd, root }: Directories): Profile {
  const located = (flag: string | undefined, configured: string | undefined) =>
    flag !== undefined ? locate(flag, cwd) : configured === undefined ? undefined : locate(configured, root)
  const configured = Object.entries(profile.sources ?? {}).map(([key, uri]) => [key, locate(uri, root)] as const)
  const flagged = (flags.source ?? []).map((pair) => parseSource(pair, cwd))
  const input = located(flags.input, profile.input)
  // --input moves all sources, those too that the profile puts elsewhere; --source is more exact than both.
  const sources = flags.input === undefined ? [...configured, ...flagged] : flagged
  return {
    ...profile,
    lake: located(flags.lake, profile.lake) ?? profile.lake,
    ...(input !== undefined && { input }),
    sources: Object.fromEntries(sources),
  }
}

function locate(uri: string, base: string): string {
  return uri.includes('://') ? uri.replace(/\/+$/, '') : resolve(base, uri)
}

function parseSource(pair: string, cwd: string): readonly [string, string] {
  const at = pair.indexOf('=')
  if (at <= 0 || at === pair.length - 1) {
    throw new LakeError('usage', `--source ${pair} is not KEY=URI, as in --source log_data=s3://bucket/logs`)
  }
  return [pair.slice(0, at), locate(pair.slice(at + 1), cwd)]
}

function checkSourceKeys({ sources = {} }: Profile, graph: AssetGraph): void {
  for (const key of Object.keys(sources)) {
    if (graph.has(key) && graph.get(key).kind === 'source') continue
    const known = graph.assets.flatMap((asset) => (asset.kind === 'source' ? [asset.key] : []))
    throw new LakeError('usage', `${key} is not a source of this project (its sources: ${known.join(', ')})`)
  }
}

function loadGraph({ config, file }: LoadedConfig): AssetGraph {
  const assets = Array.isArray(config.assets) ? config.assets : Object.values(config.assets)
  const declared = assets.filter(isAsset)
  const checked = CheckedQueriesFile.open(declared.length)
  const built = buildGraph(declared, checked)
  checked?.save()
  if (built.kind === 'graph') return built.graph
  throw new LakeError('definition', describeProblems(built.problems, file), { details: built.problems })
}

/** What else a module of assets exports, a shared query for instance, is not the project's. */
function isAsset(value: unknown): value is Asset {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  return value.kind === 'source' || value.kind === 'table'
}

function describeProblems(problems: readonly Problem[], config: string): string {
  const lines = problems.map(
    ({ asset, file, message, remedy }) => `${asset}: ${message}\n  ${file ?? config}\n  -> ${remedy}`,
  )
  return `${problems.length === 1 ? 'a definition is' : `${problems.length} definitions are`} wrong\n${lines.join('\n')}`
}

function openPlaces(profile: Profile): Places {
  const open = new Map<string, Storage>()
  return {
    lake: openStorage(profile.lake),
    source: (key) => {
      const storage =
        open.get(key) ?? openStorage(sourceUri(profile, key), profile.followLinks ? 'everywhere' : 'inside')
      open.set(key, storage)
      return storage
    },
  }
}

function sourceUri({ input, sources = {} }: Profile, key: string): string {
  const own = Object.hasOwn(sources, key) ? sources[key] : undefined
  const uri = own ?? (input === undefined ? undefined : `${input}/${key}`)
  if (uri !== undefined) return uri
  throw new LakeError(
    'config',
    `it is not said where the files of ${key} are: give --input, or --source ${key}=URI, or set it in the profile`,
  )
}
