import { type Lifetime, readLifetimes } from '../delta/lifetimes.ts'
import type { LatestCommit } from '../delta/log/log.ts'
import type { ComparedRow, CompareRequest, Comparison, RowDifference } from '../engine/compare.ts'
import type { InputTable } from '../engine/data-file.ts'
import { LakeError } from '../errors.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { TableState } from '../observe/observation.ts'
import { parseProvenance } from '../observe/provenance.ts'
import type { Storage } from '../storage/storage.ts'
import { lostFilesError } from '../tables/lost-files.ts'
import { readVersion, tableOf } from '../tables/table-version.ts'
import { introducedIn, type VersionRange } from './introduced-in.ts'
import type { Rebuild } from './rebuild.ts'

export interface DifferingRows {
  readonly result: 'different'
  readonly key: string
  readonly version: number
  /** As many as the version is said to hold. */
  readonly rows: number
  /** Rows that should be there and are not. */
  readonly missing: number
  /** Rows that are there and should not be. */
  readonly extra: number
  readonly sample: readonly WrongRow[]
  /** The version since which the table is wrong, as far as the sample tells; null where older versions cannot be read. */
  readonly since: Since | null
  /** The engine that made the version, where it is not the one that recomputed it: then the engines disagree, and neither is known to be wrong. */
  readonly madeBy: string | null
}

export interface WrongRow {
  readonly difference: 'missing' | 'extra'
  readonly row: ComparedRow
  /**
   * The version since which the row is there, or is not; null where it was never there, and where older versions cannot be read. By its
   * row alone: what was right in an earlier version and is wrong now counts from that version.
   */
  readonly sinceVersion: number | null
}

export interface Since {
  readonly version: number
  readonly operation: string
  /** null where another program committed the version. */
  readonly runId: string | null
}

export interface Verified {
  readonly asset: ResolvedAsset
  readonly state: TableState
  /** What the version should hold. */
  readonly rebuilt: InputTable
}

export interface ComparisonContext extends Pick<Rebuild, 'places' | 'engine' | 'signal'> {
  /** Wrong rows of each kind in the sample. */
  readonly limit: number
}

/** How the version differs from what it should hold; undefined where it does not. */
export async function findDifference(
  context: ComparisonContext,
  verified: Verified,
): Promise<DifferingRows | undefined> {
  const { asset, state, rebuilt } = verified
  const { lake } = context.places
  const { key, columns } = asset
  const { version, provenance } = state
  const snapshot = await readVersion(lake, key, version)
  const request: CompareRequest = {
    ...{ columns, key: [], limit: context.limit, signal: context.signal },
    ...{ before: rebuilt, after: tableOf(lake, key, snapshot) },
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

/** The sample once more, with the version that each row came or went with. Undefined where older data files cannot be read. */
async function trace(
  context: ComparisonContext,
  request: CompareRequest,
  verified: Verified,
): Promise<Traced | undefined> {
  const { lake } = context.places
  const { asset, state } = verified
  try {
    const past = await readPast(lake, asset.key, state.version)
    const engine = await context.engine()
    const { sample } = await engine.compare({
      ...request,
      searched: [...new Set(past.files.map(({ located }) => located))],
    })
    const rows = wrongRows(sample, (difference) => rowSince(difference, past))
    const known = rows.flatMap(({ sinceVersion }) => sinceVersion ?? [])
    const version = known.length > 0 ? Math.min(...known) : past.range.oldest
    return { sample: rows, since: describeSince(past.versions, version) }
  } catch (error) {
    // The difference itself is known all the same.
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
}

/** The versions of a table that can still be read, without a gap, up to the one that is verified. */
interface Past {
  readonly versions: readonly LatestCommit[]
  readonly files: readonly LocatedLifetime[]
  readonly range: VersionRange
}

async function readPast(lake: Storage, key: string, newest: number): Promise<Past> {
  const [past, stored] = await Promise.all([readLifetimes(lake, key), lake.list(key)])
  if (!past) throw new Error(`the log of ${key} is gone`)
  const there = new Set(stored.map(({ path }) => path))
  // Files of another schema hold other columns.
  const files = past.files.filter(({ until = newest + 1 }) => until > past.schemaSince)
  const gone = files.filter(({ path }) => !there.has(`${key}/${path}`))
  const oldest = Math.max(past.schemaSince, ...gone.map(({ until = newest }) => until))
  return {
    versions: past.versions,
    files: files
      .filter(({ path }) => there.has(`${key}/${path}`))
      .map((file) => ({ ...file, located: lake.locate(`${key}/${file.path}`) })),
    range: { oldest: Math.min(oldest, newest), newest },
  }
}

function rowSince({ change, found }: OneSided, { files, range }: Past): number | null {
  const holdings = found.flatMap(({ file, copies }) =>
    files.filter(({ located }) => located === file).map((lifetime) => ({ lifetime, copies })),
  )
  const since = introducedIn(holdings, range)
  return change === 'removed' && since === range.oldest ? null : since
}

function describeSince(versions: readonly LatestCommit[], version: number): Since | null {
  const commit = versions[version]
  if (!commit) return null
  const { operation, lake } = commit.commitInfo
  return { version, operation, runId: parseProvenance(lake)?.runId ?? null }
}
