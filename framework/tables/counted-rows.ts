/**
 * Counts the rows of a table and the nulls in some of its columns, from the stats of its data
 * files.
 */
import { historyChecksOf } from '../declare/checks.ts'
import { type AddFile, liveRowsOf } from '../delta/actions.ts'
import { type FileStats, parseStats } from '../delta/stats.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'

export interface CountedRows {
  readonly rows: number
  /**
   * Column -> number of nulls, for the columns whose nulls a check compares. Missing if the stats
   * of a file lack it.
   */
  readonly nulls: Readonly<Record<string, number>>
}

/** Parses the stats only if a check compares nulls. */
export function countedRows(asset: ResolvedAsset, files: readonly AddFile[]): CountedRows {
  const columns = comparedColumns(asset)
  const rows = files.reduce((sum, file) => sum + (liveRowsOf(file) ?? 0), 0)
  // The stats count the nulls of deleted rows too.
  if (columns.length === 0 || files.some(({ deletionVector }) => deletionVector)) return { rows, nulls: {} }
  const stats = files.map((file) => parseStats(file.stats, asset.columns))
  return { rows, nulls: nullsIn(columns, stats) }
}

/** Counts the rows and nulls of files that are written and not published yet. */
export function countedWritten(asset: ResolvedAsset, files: readonly { readonly stats: FileStats }[]): CountedRows {
  const rows = files.reduce((sum, { stats }) => sum + stats.rows, 0)
  const stats = files.map(({ stats }) => stats)
  return { rows, nulls: nullsIn(comparedColumns(asset), stats) }
}

/** Adds the counts of two sets of files. */
export function addedRows(one: CountedRows, other: CountedRows): CountedRows {
  const shared = Object.keys(one.nulls).filter((column) => Object.hasOwn(other.nulls, column))
  const nulls = shared.map((column) => [column, (one.nulls[column] ?? 0) + (other.nulls[column] ?? 0)] as const)
  return { rows: one.rows + other.rows, nulls: Object.fromEntries(nulls) }
}

function comparedColumns({ declared }: ResolvedAsset): readonly string[] {
  if (declared.kind === 'source') return []
  return [...new Set(historyChecksOf(declared).flatMap((check) => (check.kind === 'null-share' ? [check.column] : [])))]
}

function nullsIn(
  columns: readonly string[],
  stats: readonly (FileStats | undefined)[],
): Readonly<Record<string, number>> {
  const counted = columns.flatMap((column) => {
    const counts = stats.map((file) =>
      file && Object.hasOwn(file.columns, column) ? file.columns[column]?.nulls : undefined,
    )
    if (counts.includes(undefined)) return []
    return [[column, counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)] as const]
  })
  return Object.fromEntries(counted)
}
