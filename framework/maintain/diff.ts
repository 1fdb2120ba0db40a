/** Compares two versions of a table: their columns and their rows. */
import type { AddFile } from '../delta/actions.ts'
import { deltaType, type TableColumn } from '../delta/schema.ts'
import type { Snapshot } from '../delta/snapshot.ts'
import { fileId } from '../delta/vectors/deletion-vector.ts'
import type { Comparison } from '../engine/compare.ts'
import type { LocalEngine } from '../engine/engine.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { Storage } from '../storage/storage.ts'
import { readVersion, tableOf, unreadableVersion } from '../tables/table-version.ts'

interface DiffRequest {
  readonly lake: Storage
  readonly asset: ResolvedAsset
  readonly from: number
  readonly to: number
  /** Maximum number of sample rows for each kind of difference. */
  readonly limit: number
  readonly signal: AbortSignal
}

/** How the rows and columns of a table differ between two versions. */
export interface TableDiff extends Comparison {
  readonly asset: string
  readonly from: number
  readonly to: number
  readonly columns: ColumnsDiff
  /**
   * The columns that identify a row, so that its two versions are compared. Empty if the versions
   * have different primary keys: then a changed row counts as one removed and one added row.
   */
  readonly key: readonly string[]
}

/**
 * Names of columns. Rows are compared in the columns that both versions have with the same type.
 */
interface ColumnsDiff {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly retyped: readonly string[]
}

/**
 * Compares two versions of a table. Files that both versions have are not read. Throws `usage` if a
 * version does not exist, or if its files were vacuumed.
 */
export async function diffVersions(engine: () => Promise<LocalEngine>, request: DiffRequest): Promise<TableDiff> {
  const { lake, asset, from, to, limit, signal } = request
  const [before, after] = await Promise.all([readVersion(lake, asset.key, from), readVersion(lake, asset.key, to)])
  const [left, right] = [withoutFilesOf(before, after), withoutFilesOf(after, before)]
  for (const { version, files } of [left, right]) {
    const vacuumed = await unreadableVersion(lake, asset.key, { version, files: [...files.values()] })
    if (vacuumed) throw vacuumed
  }
  const columns = sharedColumns(before, after)
  const key = asset.primaryKey.every((name) => columns.some((column) => column.name === name)) ? asset.primaryKey : []
  const compared = { asset: asset.key, from, to, columns: columnsDiff(before, after), key }
  if (left.files.size + right.files.size === 0) return { ...compared, ...SAME_ROWS }
  const [leftTable, rightTable] = await Promise.all([tableOf(lake, asset.key, left), tableOf(lake, asset.key, right)])
  const opened = await engine()
  const comparison = await opened.compare({ columns, key, before: leftTable, after: rightTable, limit, signal })
  return { ...compared, ...comparison }
}

const SAME_ROWS: Comparison = { removed: 0, added: 0, changed: 0, sample: [] }

/**
 * Leaves out the files that both versions have with the same deletion vector, because their rows
 * are the same.
 */
function withoutFilesOf(snapshot: Snapshot, other: Snapshot): Snapshot {
  const isOther = (file: AddFile) => {
    const same = other.files.get(file.path)
    return !same || fileId(same) !== fileId(file)
  }
  return { ...snapshot, files: new Map([...snapshot.files].filter(([, file]) => isOther(file))) }
}

const typesOf = ({ metadata }: Snapshot): ReadonlyMap<string, string> =>
  new Map(metadata.columns.map(({ name, type }) => [name, deltaType(type)]))

function sharedColumns(before: Snapshot, after: Snapshot): readonly TableColumn[] {
  const types = typesOf(before)
  return after.metadata.columns.filter(({ name, type }) => types.get(name) === deltaType(type))
}

function columnsDiff(before: Snapshot, after: Snapshot): ColumnsDiff {
  const [old, now] = [typesOf(before), typesOf(after)]
  return {
    added: [...now.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !now.has(name)),
    retyped: [...now].flatMap(([name, type]) => (old.has(name) && old.get(name) !== type ? [name] : [])),
  }
}
