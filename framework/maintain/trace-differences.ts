/**
 * Compares a version with its rebuilt rows, and finds the version in which each wrong row became
 * wrong.
 */
import { type Lifetime, readLifetimes } from '../delta/lifetimes.ts'
import type { LatestCommit } from '../delta/log/log.ts'
import { vectorFileOf } from '../delta/vectors/deletion-vector.ts'
import { readVectors } from '../delta/vectors/vector-files.ts'
import type { ComparedRow, CompareRequest, Comparison, FoundRow, RowDifference } from '../engine/compare.ts'
import type { InputTable } from '../engine/data-file.ts'
import { LakeError } from '../errors.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { TableState } from '../observe/observation.ts'
import { knownProvenance } from '../observe/provenance.ts'
import type { Storage } from '../storage/storage.ts'
import { lostFilesError } from '../tables/lost-files.ts'
import { readVersion, tableOf } from '../tables/table-version.ts'
import { introducedIn, type VersionRange } from './introduced-in.ts'
import type { RebuildContext } from './rebuild.ts'

export interface DifferingRows {
  readonly result: 'different'
  readonly key: string
  readonly version: number
  /** Number of rows that the version records. */
  readonly rows: number
  /** Number of rebuilt rows that the version lacks. */
  readonly missing: number
  /** Number of rows of the version that were not rebuilt. */
  readonly extra: number
  readonly sample: readonly WrongRow[]
  /**
   * The version since which the table is wrong, judging by the sample. null if older versions
   * cannot be read.
   */
  readonly since: Since | null
  /**
   * The engine that made the version, if another engine rebuilt it. Then the engines disagree, and
   * either can be wrong. Else null.
   */
  readonly madeBy: string | null
}

interface WrongRow {
  readonly difference: 'missing' | 'extra'
  readonly row: ComparedRow
  /**
   * The version since which the table has, or lacks, the row. null if it never had the row, or if
   * older versions cannot be read. Looks only at the row. So it is the version that added the row,
   * even if the row was right in that version and is wrong by now.
   */
  readonly sinceVersion: number | null
}

export interface Since {
  readonly version: number
  readonly operation: string
  /** null if another program committed the version. */
  readonly runId: string | null
}

interface Verified {
  readonly asset: ResolvedAsset
  readonly state: TableState
  /** The rows that the version should hold. */
  readonly rebuilt: InputTable
}

interface ComparisonContext extends Pick<RebuildContext, 'storages' | 'engine' | 'signal'> {
  /** Maximum number of sample rows for each kind of difference. */
  readonly limit: number
}

/** How the version differs from the rebuilt rows; undefined if it does not. */
export async function findDifference(
  context: ComparisonContext,
  verified: Verified,
): Promise<DifferingRows | undefined> {
  const { asset, state, rebuilt } = verified
  const { lake } = context.storages
  const { key, columns } = asset
  const { version, provenance } = state
  const snapshot = await readVersion(lake, key, version)
  const request: CompareRequest = {
    ...{ columns, key: [], limit: context.limit, signal: context.signal },
    ...{ before: rebuilt, after: await tableOf(lake, key, snapshot) },
  }
  const engine = await context.engine()
  const comparison = await engine.compare(request).catch(async (error) => {
    const read = new Map([[key, { version, files: [...snapshot.files.values()] }]])
    throw (await lostFilesError(lake, read, { error, engine })) ?? error
  })
  const { removed: missing, added: extra } = comparison
  if (missing + extra === 0) return undefined
  const difference = { result: 'different', key, version, rows: provenance.content.rows, missing, extra } as const
  if (provenance.engine !== engine.name) return { ...difference, ...untraced(comparison), madeBy: provenance.engine }
  return { ...difference, ...((await trace(context, request, verified)) ?? untraced(comparison)), madeBy: null }
}

type Traced = Pick<DifferingRows, 'sample' | 'since'>

function untraced({ sample }: Comparison): Traced {
  return { sample: wrongRows(sample, () => null), since: null }
}

/**
 * Adds to each sample row the version that introduced or removed it. Undefined if older data files
 * cannot be read.
 */
async function trace(
  context: ComparisonContext,
  request: CompareRequest,
  verified: Verified,
): Promise<Traced | undefined> {
  const { lake } = context.storages
  const { asset, state } = verified
  try {
    const history = await readHistory(lake, asset.key, state.version)
    const engine = await context.engine()
    const { sample } = await engine.compare({
      ...request,
      searched: [...new Set(history.files.map(({ located }) => located))],
      positions: history.files.some(({ deleted }) => deleted !== undefined),
    })
    const rows = wrongRows(sample, (difference) => rowSince(difference, history))
    const known = rows.flatMap(({ sinceVersion }) => sinceVersion ?? [])
    if (history.isCut && known.length < rows.length) return { sample: rows, since: null }
    const version = known.length > 0 ? Math.min(...known) : history.range.oldest
    return { sample: rows, since: describeSince(history.versions, version) }
  } catch (error) {
    // The difference itself is known even if its history is not.
    if (error instanceof LakeError && !context.signal.aborted) return undefined
    throw error
  }
}

function wrongRows(
  sample: readonly RowDifference[],
  since: (difference: OneSided) => number | null,
): readonly WrongRow[] {
  return sample.flatMap((difference) => {
    if (difference.change === 'changed') return []
    const kind = difference.change === 'removed' ? 'missing' : 'extra'
    return [{ difference: kind, row: difference.row, sinceVersion: since(difference) }]
  })
}

type OneSided = Exclude<RowDifference, { readonly change: 'changed' }>

interface LocatedLifetime extends Lifetime {
  readonly located: string
  /** The positions of the rows that are deleted meanwhile. */
  readonly deleted: ReadonlySet<number> | undefined
}

/** The consecutive versions of a table that can still be read, up to the one that is verified. */
interface ReadableHistory {
  readonly versions: readonly LatestCommit[]
  readonly files: readonly LocatedLifetime[]
  readonly range: VersionRange
  /** Whether older versions existed that the log no longer describes. */
  readonly isCut: boolean
}

async function readHistory(lake: Storage, key: string, newest: number): Promise<ReadableHistory> {
  const [lifetimes, stored] = await Promise.all([readLifetimes(lake, key), lake.list(key)])
  if (!lifetimes) throw new Error(`the log of ${key} is missing`)
  const existing = new Set(stored.map(({ path }) => path))
  // Files of an older schema have other columns.
  const files = lifetimes.files.filter(({ until = newest + 1 }) => until > lifetimes.schemaSince)
  const isThere = ({ path, marked }: Lifetime) =>
    [path, vectorFileOf(marked) ?? path].every((needed) => existing.has(`${key}/${needed}`))
  const missing = files.filter((file) => !isThere(file))
  const readable = Math.max(lifetimes.schemaSince, ...missing.map(({ until = newest }) => until))
  const oldest = Math.min(readable, newest)
  return {
    versions: lifetimes.versions,
    files: await located(lake, key, files.filter(isThere)),
    range: { oldest, newest },
    isCut: oldest > 0 && oldest === lifetimes.oldest,
  }
}

async function located(lake: Storage, key: string, files: readonly Lifetime[]): Promise<readonly LocatedLifetime[]> {
  const marked = files.flatMap((file) => file.marked ?? [])
  const vectors = await readVectors({ storage: lake, table: key }, marked)
  const deleted = new Map(marked.map((file, index) => [file, new Set(vectors[index])]))
  return files.map((file) => ({
    ...{ ...file, located: lake.locate(`${key}/${file.path}`) },
    deleted: file.marked && deleted.get(file.marked),
  }))
}

function rowSince({ change, found }: OneSided, { files, range, isCut }: ReadableHistory): number | null {
  const holdings = found.flatMap((row) =>
    files
      .filter(({ located }) => located === row.file)
      .map((lifetime) => ({ lifetime, copies: copiesIn(lifetime, row) })),
  )
  const since = introducedIn(holdings, range)
  return since === range.oldest && (isCut || change === 'removed') ? null : since
}

const copiesIn = ({ deleted }: LocatedLifetime, { copies, positions = [] }: FoundRow): number =>
  deleted ? positions.filter((position) => !deleted.has(position)).length : copies

function describeSince(versions: readonly LatestCommit[], version: number): Since | null {
  const commit = versions.find((each) => each.version === version)
  if (!commit) return null
  const { operation, lake } = commit.commitInfo
  return { version, operation, runId: knownProvenance(lake)?.runId ?? null }
}
