import type { EmrEngineSettings, EngineSettings, Profile, ProjectConfig } from '../../declare/project.ts'
import { LakeError } from '../../errors.ts'
import { type AssetGraph, buildGraph } from '../../graph/asset-graph.ts'
import { listedAssets } from '../../graph/listed-assets.ts'
import { compareProblems, type Problem } from '../../graph/problem.ts'
import type { Places } from '../../observe/observe.ts'
import { openStorage } from '../../storage/open-storage.ts'
import type { Storage } from '../../storage/storage.ts'
import { hideSecret, secretSettings } from '../../text/redact.ts'
import { CheckedQueriesFile } from './checked-queries-file.ts'
import { type LoadedConfig, loadConfig } from './config-file.ts'
import { circular } from './load-failure.ts'
import { type ProfilePlaces, refuseOverlaps } from './overlap.ts'
import { parsePlace } from './place.ts'
import { scheduleProblems } from './schedules.ts'

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
  /** The moment before its files were read: what they were later is not in it. */
  readonly loadedAt: Date
  readonly files: readonly string[]
  readonly config: ProjectConfig
  readonly profile: Profile
  readonly graph: AssetGraph
  readonly places: Places
}

/** Throws `config` or `definition` with all that is wrong. */
export async function openProject(flags: GlobalFlags, cwd: string): Promise<Project> {
  const loadedAt = new Date()
  const loaded = await loadConfig(flags.config, cwd)
  const chosen = chooseProfile(loaded, flags.profile)
  const profile = applyFlags(chosen, flags, { cwd, root: loaded.root })
  hideSecrets(profile)
  const graph = loadDefinitions(loaded)
  checkSourceKeys(profile, graph)
  refuseOverlappingPlaces({ ...chosen, profile }, loaded, graph)
  const { root, files, config } = loaded
  return { root, loadedAt, files, config, profile, graph, places: openPlaces(profile) }
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

interface NamedProfile {
  readonly name: string
  readonly profile: Profile
}

function chooseProfile({ config, file }: LoadedConfig, name = 'default'): NamedProfile {
  const profile = Object.hasOwn(config.profiles, name) ? config.profiles[name] : undefined
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

/** The graph of assets that are right, with schedules that are; throws `definition` with all that is wrong with either. */
function loadDefinitions({ config, file, files }: LoadedConfig): AssetGraph {
  const listed = listedAssets(config.assets)
  const checked = CheckedQueriesFile.open(listed.assets.length)
  const built = buildGraph(listed.assets, checked)
  checked?.save()
  const ofAssets = [...listed.problems, ...(built.kind === 'problems' ? built.problems : [])].toSorted(compareProblems)
  const graph = built.kind === 'graph' ? built.graph : undefined
  const problems = [...ofAssets, ...scheduleProblems(config.schedules ?? [], graph)]
  if (graph && problems.length === 0) return graph
  const note = ofAssets.length > 0 ? circular(files) : undefined
  const message = describeProblems(problems, file) + (note === undefined ? '' : `\nnote: ${note}`)
  throw new LakeError('definition', message, { details: problems })
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
      const storage = open.get(key) ?? openStorage(uri, profile.followLinks ? 'everywhere' : 'inside')
      open.set(key, storage)
      return storage
    },
  }
}

function sourceUri({ input, sources = {} }: Profile, key: string): string | undefined {
  const own = Object.hasOwn(sources, key) ? sources[key] : undefined
  return own ?? (input === undefined ? undefined : `${input}/${key}`)
}

function unsaid(key: string): LakeError {
  return new LakeError(
    'config',
    `it is not said where the files of ${key} are: give --input, or --source ${key}=URI, or set it in the profile`,
  )
}
