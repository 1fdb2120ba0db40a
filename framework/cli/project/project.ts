/** Opens a project: loads its config, applies the flags, builds the graph. */
import type { EmrEngineSettings, EngineSettings, Profile, ProjectConfig } from '../../declare/project.ts'
import { LakeError } from '../../errors.ts'
import { type AssetGraph, buildGraph } from '../../graph/asset-graph.ts'
import { parseKnownTables, printKnownTables } from '../../graph/known/known-tables.ts'
import { listedAssets } from '../../graph/listed-assets.ts'
import { compareProblems, type Problem } from '../../graph/problem.ts'
import { isFromCode } from '../../graph/resolved-asset.ts'
import type { ProjectStorages } from '../../observe/observe.ts'
import { openStorage } from '../../storage/open-storage.ts'
import type { Storage } from '../../storage/storage.ts'
import { hideSecret, secretSettings } from '../../text/redact.ts'
import { checkedQueries } from './checked-queries-file.ts'
import { type LoadedConfig, loadConfig } from './config-file.ts'
import { circular } from './load-failure.ts'
import { parseLocation, refuseFile } from './location.ts'
import { type ProfileLocations, refuseOverlaps } from './overlap.ts'
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
  /** The directory that relative paths in the config start from. */
  readonly root: string
  /** The time just before the files were read. The project does not see later changes of them. */
  readonly loadedAt: Date
  readonly files: readonly string[]
  readonly config: ProjectConfig
  readonly profile: Profile
  readonly graph: AssetGraph
  readonly storages: ProjectStorages
}

/** Throws `config` or `definition` with every mistake. */
export async function openProject(flags: GlobalFlags, cwd: string): Promise<Project> {
  const loadedAt = new Date()
  const loaded = await loadConfig(flags.config, cwd)
  const chosen = chooseProfile(loaded.config, loaded.file, flags.profile)
  const profile = applyFlags(chosen, flags, { cwd, root: loaded.root })
  hideSecrets(profile)
  const graph = loadDefinitions(loaded)
  checkSourceKeys(profile, graph)
  refuseOverlappingLocations({ ...chosen, profile }, loaded, graph)
  const { root, files, config } = loaded
  return { root, loadedAt, files, config, profile, graph, storages: openStorages(profile) }
}

/** The project with another profile. The flags override it, too. */
export function inProfile(project: Project, name: string, { flags, cwd }: UsedFlags): Project {
  const { config, root } = project
  const profile = applyFlags(chooseProfile(config, 'the config', name), flags, { cwd, root })
  hideSecrets(profile)
  return { ...project, profile, storages: openStorages(profile) }
}

interface UsedFlags {
  readonly flags: GlobalFlags
  readonly cwd: string
}

/**
 * Minimum length of a secret of the environment. Test servers use shorter ones that are ordinary
 * words.
 */
const MIN_AWS_SECRET = 16

/**
 * Hides the secrets of the profile and of the environment in everything that is printed or stored.
 */
function hideSecrets({ engine }: Profile): void {
  for (const value of Object.values(engine ? secretsOf(engine) : {})) hideSecret(value)
  for (const name of ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
    const value = process.env[name] ?? ''
    if (value.length >= MIN_AWS_SECRET) hideSecret(value)
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

/** Returns the settings of `--conf NAME=VALUE`. */
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

function chooseProfile(config: ProjectConfig, file: string, name = 'default'): NamedProfile {
  const profile = Object.hasOwn(config.profiles, name) ? config.profiles[name] : undefined
  if (profile) return { name, profile }
  const known = Object.keys(config.profiles).join(', ') || 'none'
  throw new LakeError('config', {
    problem: `${file} has no profile ${JSON.stringify(name)} (it has: ${known})`,
    remedy: 'Name one with --profile.',
  })
}

interface Directories {
  readonly cwd: string
  readonly root: string
}

/**
 * Makes every location absolute. Flags are relative to the current directory, paths in the config
 * to the project.
 */
function applyFlags(
  { name, profile }: NamedProfile,
  { lake, input, source }: Pick<GlobalFlags, 'lake' | 'input' | 'source'>,
  { cwd, root }: Directories,
): Profile {
  const flag = (what: string, written: string) => parseLocation({ what, written, base: cwd })
  const entry = (what: string, written: string) =>
    parseLocation({ what: `${what} in the profile ${name}`, written, base: root })
  const configuredInput = profile.input === undefined ? undefined : entry('input', profile.input)
  const usedInput = input === undefined ? configuredInput : flag('--input', input)
  // --input replaces the profile's input and sources. --source overrides both.
  const configured = input === undefined ? Object.entries(profile.sources ?? {}) : []
  const sources = [
    ...configured.map(([key, uri]) => [key, entry(`sources.${key}`, uri)] as const),
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
  if (at <= 0)
    throw new LakeError('usage', {
      problem: `--source ${pair} is not KEY=URI, such as --source log_data=s3://bucket/logs`,
    })
  const key = pair.slice(0, at)
  return [key, locate(`--source ${key}`, pair.slice(at + 1))]
}

/** Skips other profiles with invalid locations: those are reported when the profile is used. */
function refuseOverlappingLocations(used: NamedProfile, { config, root }: LoadedConfig, graph: AssetGraph): void {
  const keys = fileSources(graph)
  const others = Object.entries(config.profiles).flatMap(([name, profile]): readonly ProfileLocations[] => {
    if (name === used.name) return []
    try {
      return [locationsOf({ name, profile: applyFlags({ name, profile }, {}, { cwd: root, root }) }, keys)]
    } catch (error) {
      if (error instanceof LakeError) return []
      throw error
    }
  })
  refuseOverlaps(locationsOf(used, keys), others)
}

function locationsOf({ name, profile }: NamedProfile, keys: readonly string[]): ProfileLocations {
  const sources = keys.flatMap((key) => {
    const uri = sourceUri(profile, key)
    return uri === undefined ? [] : [[key, uri] as const]
  })
  return { name, lake: profile.lake, sources: new Map(sources) }
}

function checkSourceKeys({ sources = {} }: Profile, graph: AssetGraph): void {
  for (const key of Object.keys(sources)) {
    const known = fileSources(graph)
    if (known.includes(key)) continue
    const what =
      graph.has(key) && isFromCode(graph.get(key)) ? 'gets its rows from code, and has no location' : IS_NO_SOURCE
    throw new LakeError('usage', { problem: `${key} ${what} (sources with files: ${known.join(', ')})` })
  }
}

const IS_NO_SOURCE = 'is not a source of this project'

const fileSources = (graph: AssetGraph): readonly string[] =>
  graph.assets.flatMap((asset) => (asset.kind === 'source' && !isFromCode(asset) ? [asset.key] : []))

/** Builds the graph. Throws `definition` with every mistake in assets and schedules. */
function loadDefinitions({ config, file, files, plain }: LoadedConfig): AssetGraph {
  const listed = listedAssets(config.assets)
  const known = plain?.checked === undefined ? undefined : parseKnownTables(plain.checked)
  const checked = known ? undefined : checkedQueries(listed.assets.length)
  const built = buildGraph(listed.assets, checked, known)
  checked?.save()
  const assetProblems = [...listed.problems, ...(built.kind === 'problems' ? built.problems : [])].toSorted(
    compareProblems,
  )
  const graph = built.kind === 'graph' ? built.graph : undefined
  // Whether a schedule is right depends on nothing but the config and its assets.
  const schedules = known ? [] : scheduleProblems(config, graph)
  const problems = [...assetProblems, ...schedules]
  if (graph && problems.length === 0) {
    plain?.save(printKnownTables(graph.assets))
    return graph
  }
  const note = assetProblems.length > 0 ? circular(files) : undefined
  const message = describeProblems(problems, file) + (note === undefined ? '' : `\nnote: ${note}`)
  throw new LakeError('definition', { problem: message, details: problems })
}

function describeProblems(problems: readonly Problem[], config: string): string {
  const lines = problems.map(
    ({ asset, file, message, remedy }) => `${asset}: ${message}\n  ${file ?? config}\n  -> ${remedy}`,
  )
  return `${problems.length === 1 ? 'a definition is' : `${problems.length} definitions are`} wrong\n${lines.join('\n')}`
}

function openStorages(profile: Profile): ProjectStorages {
  refuseFile('the lake', profile.lake)
  const open = new Map<string, Storage>()
  return {
    lake: openStorage(profile.lake),
    source: (key) => {
      const uri = sourceUri(profile, key)
      if (uri === undefined) throw noLocation(key)
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

function noLocation(key: string): LakeError {
  return new LakeError('config', {
    problem: `no location is configured for the files of ${key}`,
    remedy: `Give --input or --source ${key}=URI, or set one in the profile.`,
  })
}
