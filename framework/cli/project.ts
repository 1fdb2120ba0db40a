import type { Asset } from '../declare/definition.ts'
import type { Profile, ProjectConfig } from '../declare/project.ts'
import { LakeError } from '../errors.ts'
import { type AssetGraph, buildGraph } from '../graph/asset-graph.ts'
import type { Problem } from '../graph/problem.ts'
import type { Places } from '../observe/observe.ts'
import { openStorage } from '../storage/open-storage.ts'
import type { Storage } from '../storage/storage.ts'
import { type LoadedConfig, loadConfig } from './config-file.ts'
import { type ProfilePlaces, refuseOverlaps } from './overlap.ts'
import { parsePlace } from './place.ts'

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
  const chosen = chooseProfile(loaded, flags.profile)
  const profile = applyFlags(chosen, flags, { cwd, root: loaded.root })
  const graph = loadGraph(loaded)
  checkSourceKeys(profile, graph)
  refuseOverlappingPlaces({ ...chosen, profile }, loaded, graph)
  return { root: loaded.root, config: loaded.config, profile, graph, places: openPlaces(profile) }
}

interface NamedProfile {
  readonly name: string
  readonly profile: Profile
}

function chooseProfile({ config, file }: LoadedConfig, name = 'default'): NamedProfile {
  const profile = config.profiles[name]
  if (profile) return { name, profile }
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

/** Flags are relative to where the command was typed, the config's paths to the project. Every place is absolute afterwards. */
function applyFlags(
  { name, profile }: NamedProfile,
  { lake, input, source }: Pick<GlobalFlags, 'lake' | 'input' | 'source'>,
  { cwd, root }: Directories,
): Profile {
  const flag = (what: string, written: string) => parsePlace({ what, written, base: cwd })
  const entry = (what: string, written: string) =>
    parsePlace({ what: `${what} in the profile ${name}`, written, base: root })
  const configuredInput = profile.input === undefined ? undefined : entry('input', profile.input)
  const usedInput = input === undefined ? configuredInput : flag('--input', input)
  // --input moves all sources, those too that the profile puts elsewhere; --source is more exact than both.
  const kept = input === undefined ? Object.entries(profile.sources ?? {}) : []
  const sources = [
    ...kept.map(([key, uri]) => [key, entry(`sources.${key}`, uri)] as const),
    ...(source ?? []).map((pair) => parseSource(pair, flag)),
  ]
  return {
    ...profile,
    lake: lake === undefined ? entry('lake', profile.lake) : flag('--lake', lake),
    ...(usedInput !== undefined && { input: usedInput }),
    sources: Object.fromEntries(sources),
  }
}

function parseSource(pair: string, locate: (what: string, written: string) => string): readonly [string, string] {
  const at = pair.indexOf('=')
  if (at <= 0) throw new LakeError('usage', `--source ${pair} is not KEY=URI, as in --source log_data=s3://bucket/logs`)
  const key = pair.slice(0, at)
  return [key, locate(`--source ${key}`, pair.slice(at + 1))]
}

/** Another profile whose places are none is found out when it is used. */
function refuseOverlappingPlaces(used: NamedProfile, { config, root }: LoadedConfig, graph: AssetGraph): void {
  const keys = graph.assets.flatMap((asset) => (asset.kind === 'source' ? [asset.key] : []))
  const others = Object.entries(config.profiles).flatMap(([name, profile]): readonly ProfilePlaces[] => {
    if (name === used.name) return []
    try {
      return [placesOf({ name, profile: applyFlags({ name, profile }, {}, { cwd: root, root }) }, keys)]
    } catch (error) {
      if (error instanceof LakeError) return []
      throw error
    }
  })
  refuseOverlaps(placesOf(used, keys), others)
}

function placesOf({ name, profile }: NamedProfile, keys: readonly string[]): ProfilePlaces {
  const sources = keys.flatMap((key) => {
    const uri = sourceUri(profile, key)
    return uri === undefined ? [] : [[key, uri] as const]
  })
  return { name, lake: profile.lake, sources: new Map(sources) }
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
  const built = buildGraph(assets.filter(isAsset))
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
      const uri = sourceUri(profile, key)
      if (uri === undefined) throw unsaid(key)
      const storage = open.get(key) ?? openStorage(uri)
      open.set(key, storage)
      return storage
    },
  }
}

function sourceUri({ input, sources = {} }: Profile, key: string): string | undefined {
  return sources[key] ?? (input === undefined ? undefined : `${input}/${key}`)
}

function unsaid(key: string): LakeError {
  return new LakeError(
    'config',
    `it is not said where the files of ${key} are: give --input, or --source ${key}=URI, or set it in the profile`,
  )
}
