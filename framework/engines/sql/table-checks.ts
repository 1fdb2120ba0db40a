/** Runs the checks of a table as SQL, and samples the rows that violate them. */
import type { CheckRequest } from '../../engine/build-request.ts'
import type { CheckFailure } from '../../engine/check-failure.ts'
import type { InputTable } from '../../engine/data-file.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import type { RowCheck } from './row-checks.ts'
import { identifiersIn, type SqlQueries } from './sql-session.ts'

const FIRST_ROWS = 'ORDER BY ALL NULLS LAST LIMIT 5'

/** The rows that violate a check: `SELECT * FROM ${from}`. */
interface Violations {
  readonly name: string
  readonly severity: 'error' | 'warn'
  readonly from: string
}

interface CountedViolations extends Violations {
  readonly rows: number
}

/** Checks of single rows. */
interface ByRow {
  /** For use after FROM. */
  readonly rows: string
  readonly checks: readonly RowCheck[]
}

/** `count(...) AS c0` and so on, in the order of the checks. */
export const violationCounts = (checks: readonly RowCheck[]): readonly string[] =>
  checks.map(({ predicate }, index) => `count(*) FILTER (WHERE (${predicate}) IS NOT TRUE) AS c${index}`)

export const violationsOf = ({ name, severity, predicate }: RowCheck, rows: string): Violations => ({
  ...{ name, severity, from: `${rows} WHERE (${predicate}) IS NOT TRUE` },
})

/**
 * The checks that rows violate. One scan serves all checks of single rows; each of the others is a
 * query.
 */
export async function failedChecks(
  queries: SqlQueries,
  byRow: ByRow,
  others: readonly Violations[],
): Promise<readonly CheckFailure[]> {
  const { rows, checks } = byRow
  const scan = checks.length > 0 ? [`SELECT ${violationCounts(checks).join(', ')} FROM ${rows}`] : []
  const totals = others.map(({ from }) => `SELECT count(*) AS n FROM ${from}`)
  const results = await queries.query([...scan, ...totals])
  const counts = results.slice(0, scan.length).flat()
  return sampled(queries, [
    ...checks.map((check, index) => ({ ...violationsOf(check, rows), rows: Number(counts[0]?.[`c${index}`] ?? 0) })),
    ...others.map((other, index) => ({ ...other, rows: Number(results[scan.length + index]?.[0]?.n ?? 0) })),
  ])
}

/** Runs all checks of a table over its current rows. */
export function checkTable(
  queries: SqlQueries,
  { asset, current, referenced }: CheckRequest,
): Promise<readonly CheckFailure[]> {
  const rows = queries.files(current)
  return failedChecks(
    queries,
    { rows, checks: queries.dialect.rowChecks(asset) },
    tableViolations(queries, asset, { rows, referenced }),
  )
}

/**
 * The checks with violations, each with its first rows in the order of the columns, so that the
 * same rows are shown each time.
 */
export async function sampled(
  queries: SqlQueries,
  counted: readonly CountedViolations[],
): Promise<readonly CheckFailure[]> {
  const failed = counted.filter(({ rows }) => rows > 0)
  const samples = await queries.samples(failed.map(({ from }) => `SELECT * FROM ${from} ${FIRST_ROWS}`))
  return failed.map(({ name, severity, rows }, index) => ({
    check: name,
    severity,
    rows,
    sample: samples[index] ?? [],
  }))
}

/** Rows of a table, and the versions of assets that they refer to. */
interface RowsToCheck {
  /** For use after FROM. */
  readonly rows: string
  readonly referenced: ReadonlyMap<string, InputTable>
  /** Whether it is known already that no key is repeated. */
  readonly keysDiffer?: boolean
}

/**
 * Violations that only several rows together show: repeated keys, and references to missing rows.
 */
export const tableViolations = (
  queries: SqlQueries,
  asset: ResolvedTable,
  checked: RowsToCheck,
): readonly Violations[] => [
  ...(checked.keysDiffer ? [] : sameKeys(queries, asset, checked.rows)),
  ...dangling(queries, asset, checked),
]

/** The rows that an increment keeps, and the new ones. */
interface KeptRows extends RowsToCheck {
  /** The table of the new rows. */
  readonly arriving: string
  /** Whether a new row can have the key of a kept row. */
  readonly sharingKeys: boolean
}

/** Violations of kept rows: a new row has their key, or a row to which they refer was removed. */
export function keptRowViolations(queries: SqlQueries, asset: ResolvedTable, staying: KeptRows): readonly Violations[] {
  const { arriving, rows, sharingKeys } = staying
  const isUniqueChecked = sharingKeys && asset.primaryKey.length > 0
  const from = `${arriving} AS own SEMI JOIN ${rows} AS other ON ${sameKey(queries, asset)}`
  return [...(isUniqueChecked ? [{ ...uniqueKey(asset), from }] : []), ...dangling(queries, asset, staying)]
}

const uniqueKey = ({ primaryKey }: ResolvedTable) =>
  ({ name: `${primaryKey.join(', ')} is unique`, severity: 'error' }) as const

/** Null equals no key, so that a null key is never repeated. */
export const sameKey = ({ dialect }: SqlQueries, { primaryKey }: ResolvedTable): string =>
  primaryKey.map((name) => `own.${dialect.identifier(name)} = other.${dialect.identifier(name)}`).join(' AND ')

function sameKeys(queries: SqlQueries, asset: ResolvedTable, rows: string): readonly Violations[] {
  if (asset.primaryKey.length === 0) return []
  const key = identifiersIn(queries.dialect, asset.primaryKey)
  const twice = `(SELECT ${key} FROM ${rows} GROUP BY ${key} HAVING count(*) > 1)`
  return [{ ...uniqueKey(asset), from: `${rows} AS own SEMI JOIN ${twice} AS other ON ${sameKey(queries, asset)}` }]
}

/** References to missing rows. Leaves out references to assets that were not given. */
function dangling(
  queries: SqlQueries,
  { declared, references }: ResolvedTable,
  { rows, referenced }: RowsToCheck,
): readonly Violations[] {
  const { identifier } = queries.dialect
  return references.flatMap(({ column, asset, key: target, severity }) => {
    const table = referenced.get(asset)
    const other = asset === declared.key ? rows : table && queries.files(table)
    if (other === undefined) return []
    const own = `(SELECT * FROM ${rows} WHERE ${identifier(column)} IS NOT NULL) AS own`
    const on = `own.${identifier(column)} = target.${identifier(target)}`
    return [{ name: `${column} stands in ${asset}`, severity, from: `${own} ANTI JOIN ${other} AS target ON ${on}` }]
  })
}
