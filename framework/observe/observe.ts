import picomatch from 'picomatch'
import type { Source } from '../declare/definition.ts'
import { foreignTable } from '../delta/corrupt-table.ts'
import { lastOwnVersion, latestCommit } from '../delta/log.ts'
import { LakeError } from '../errors.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import { Manifest } from '../ingest/manifest.ts'
import type { Storage, StoredFile } from '../storage/storage.ts'
import type { Observation, SourceChanges, TableState } from './observation.ts'
import { parseProvenance } from './provenance.ts'

/** Where everything is. */
export interface Places {
  readonly lake: Storage
  /** The root of a source's files; throws `config` where none is configured. */
  source(key: string): Storage
}

/** Reads what stands of the assets: of each table its newest commit, of each source the list of its files as well. */
export async function observe(
  places: Places,
  assets: readonly ResolvedAsset[],
): Promise<ReadonlyMap<string, Observation>> {
  const observations = await Promise.all(assets.map((asset) => observeAsset(places, asset)))
  return new Map(observations.map((observation) => [observation.key, observation]))
}

async function observeAsset(places: Places, asset: ResolvedAsset): Promise<Observation> {
  const { key } = asset
  let state: TableState | undefined
  try {
    state = await observeTable(places.lake, key)
    if (asset.kind === 'table') return { key, state, source: undefined, problem: undefined }
    return { key, state, ...(await observeSource(places, asset.declared, state)) }
  } catch (error) {
    if (!(error instanceof LakeError)) throw error
    return { key, state, source: undefined, problem: error }
  }
}

/** The newest version of a table of ours. Throws `corrupt-table` where it cannot be read or is not ours. */
export async function observeTable(lake: Storage, key: string): Promise<TableState | undefined> {
  const commit = await latestCommit(lake, key)
  if (!commit) return undefined
  const provenance = parseProvenance(commit.commitInfo?.lake)
  if (!provenance) {
    throw foreignTable(
      { storage: lake, table: key },
      `its version ${commit.version} was not written by lake, which therefore does not touch it`,
      await lastOwnVersion(lake, key),
    )
  }
  return { version: commit.version, committedAt: new Date(commit.timestamp), provenance }
}

async function observeSource(
  places: Places,
  source: Source,
  state: TableState | undefined,
): Promise<Pick<Observation, 'source' | 'problem'>> {
  const { manifest, problem } = await readManifest(places.lake, source.key, state)
  const files = await listSource(places.source(source.key), source, manifest.paths)
  // Without the manifest it cannot be told what changed, but the files are there to be read anew.
  return { source: { manifest, files, changes: problem ? NO_CHANGES : compareFiles(manifest, files) }, problem }
}

async function readManifest(
  lake: Storage,
  key: string,
  state: TableState | undefined,
): Promise<{ readonly manifest: Manifest; readonly problem: LakeError | undefined }> {
  const path = state?.provenance.source?.manifest
  try {
    return { manifest: path ? await Manifest.read(lake, path, key) : Manifest.empty, problem: undefined }
  } catch (error) {
    if (!(error instanceof LakeError)) throw error
    return { manifest: Manifest.empty, problem: error }
  }
}

const NO_CHANGES: SourceChanges = { added: [], changed: [], removed: [] }

/**
 * The source's files. Names that begin with `.` or `_` are other programs' work in progress and never read. `known` are paths of which most
 * are believed to be there.
 */
async function listSource(storage: Storage, source: Source, known: readonly string[]): Promise<readonly StoredFile[]> {
  if (!(await storage.exists())) {
    throw new LakeError(
      'source-missing',
      `the files of ${source.key} are looked for in ${storage.uri}, which is not a directory. ` +
        `Say where they are with --input (the directory that holds ${source.key}/) or --source ${source.key}=URI.`,
      { asset: source.key },
    )
  }
  const matches = picomatch(source.pattern, { dot: true })
  const all = await storage.list('', known)
  return all.filter(({ path }) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    return !name.startsWith('.') && !name.startsWith('_') && matches(name)
  })
}

export function compareFiles(manifest: Manifest, files: readonly StoredFile[]): SourceChanges {
  const added: StoredFile[] = []
  const changed: StoredFile[] = []
  for (const file of files) {
    if (!manifest.has(file.path)) added.push(file)
    else if (!manifest.holds(file)) changed.push(file)
  }
  if (manifest.size + added.length === files.length) return { added, changed, removed: [] }
  const present = new Set(files.map(({ path }) => path))
  return { added, changed, removed: manifest.paths.filter((path) => !present.has(path)) }
}
