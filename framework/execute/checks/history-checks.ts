/**
 * Compares a table with its own earlier versions: the number of its rows, and the share of nulls in
 * a column.
 */
import { type HistoryCheck, historyChecksOf } from '../../declare/checks.ts'
import type { Snapshot } from '../../delta/snapshot.ts'
import type { CheckFailure } from '../../engine/check-failure.ts'
import { historyCheckWords } from '../../graph/describe-checks.ts'
import type { ResolvedAsset, ResolvedTable } from '../../graph/resolved-asset.ts'
import { readProvenance } from '../../observe/provenance.ts'
import type { Storage } from '../../storage/storage.ts'
import { type CountedRows, countedRows } from '../../tables/counted-rows.ts'
import { counted } from '../../text/counted.ts'

/** The version before the rows that are checked. */
export interface Before {
  readonly version: number
  /**
   * Its snapshot, if the caller has it. A new check needs the snapshot, because the version's
   * commit does not count the nulls for that check.
   */
  readonly snapshot?: Snapshot
}

/**
 * The checks that the rows fail. Reads the commits of earlier versions; reads nothing if the table
 * declares no such check. Ignores versions that another program wrote.
 */
export async function historyFailures(
  lake: Storage,
  asset: ResolvedTable,
  rows: CountedRows,
  before: Before | undefined,
): Promise<readonly CheckFailure[]> {
  const checks = historyChecksOf(asset.declared)
  if (checks.length === 0 || !before) return []
  const earlier = await earlierRows(lake, asset, before, versionsCompared(asset))
  return checks.flatMap((check) => failureOf(check, rows, earlier.slice(0, check.versions)) ?? [])
}

/** The number of earlier versions that the checks of an asset compare new rows with. */
export const versionsCompared = ({ declared }: ResolvedAsset): number =>
  declared.kind === 'table' ? Math.max(0, ...historyChecksOf(declared).map(({ versions }) => versions)) : 0

/** Newest first. */
async function earlierRows(
  lake: Storage,
  asset: ResolvedTable,
  { version, snapshot }: Before,
  count: number,
): Promise<readonly CountedRows[]> {
  const versions = Array.from({ length: Math.min(count, version + 1) }, (_, index) => version - index)
  const all = await Promise.all(versions.map((each) => readProvenance(lake, asset.key, each)))
  return all.flatMap((provenance, index) => {
    if (!provenance) return []
    const known = index === 0 && snapshot ? countedRows(asset, [...snapshot.files.values()]).nulls : {}
    return [{ rows: provenance.content.rows, nulls: { ...known, ...provenance.nulls } }]
  })
}

function failureOf(check: HistoryCheck, rows: CountedRows, earlier: readonly CountedRows[]): CheckFailure | undefined {
  const measures = earlier.flatMap((each) => measureOf(check, each) ?? [])
  const measure = measureOf(check, rows)
  if (measure === undefined || measures.length === 0) return undefined
  const middle = medianOf(measures)
  const allowed = check.kind === 'row-count' ? check.tolerance * middle : check.tolerance
  if (Math.abs(measure - middle) <= allowed) return undefined
  const { severity } = check
  return {
    ...{ check: historyCheckWords(check), severity, sample: [] },
    rows: check.kind === 'row-count' ? rows.rows : (rows.nulls[check.column] ?? 0),
    explanation: explanationOf(check, rows, { measure, measures, middle, allowed }),
  }
}

/** The number of rows, or the share of nulls from 0 to 1. Undefined if it is not known. */
function measureOf(check: HistoryCheck, { rows, nulls }: CountedRows): number | undefined {
  switch (check.kind) {
    case 'row-count':
      return rows
    case 'null-share': {
      const count = Object.hasOwn(nulls, check.column) ? nulls[check.column] : undefined
      return count === undefined || rows === 0 ? undefined : count / rows
    }
  }
}

/** The median: one odd version does not change it much. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}

interface Comparison {
  readonly measure: number
  readonly measures: readonly number[]
  readonly middle: number
  readonly allowed: number
}

function explanationOf(
  check: HistoryCheck,
  rows: CountedRows,
  { measure, measures, middle, allowed }: Comparison,
): string {
  const words = (value: number) =>
    check.kind === 'row-count' ? String(Math.round(value)) : `${(100 * value).toFixed(1)} %`
  const what =
    check.kind === 'row-count'
      ? `it has ${counted(Math.round(measure), 'row')}`
      : `${check.column} is null in ${rows.nulls[check.column]} of ${counted(rows.rows, 'row')} (${words(measure)})`
  const versions = measures.length === 1 ? 'the version before has' : `the ${measures.length} versions before have`
  const range =
    measures.length === 1 ? words(middle) : `${words(Math.min(...measures))} to ${words(Math.max(...measures))}`
  const [least, most] = [words(Math.max(0, middle - allowed)), words(middle + allowed)]
  return `${what}; ${versions} ${range}, so ${least} to ${most} are expected`
}
