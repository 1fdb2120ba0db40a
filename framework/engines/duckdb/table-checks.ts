import type { CheckFailure, InputTable } from '../../execute/engine.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import type { DuckDb } from './duckdb-session.ts'
import type { RowCheck } from './row-checks.ts'
import { identifier, identifiers, inputSql } from './sql.ts'

const SAMPLE_ROWS = 5

/** The rows that offend against a check: `SELECT * FROM ${from}`. */
interface Offenders {
  readonly name: string
  readonly severity: 'error' | 'warn'
  readonly from: string
}

/** How many rows offend against each check that looks at a row by itself. */
export async function countOffending(
  db: DuckDb,
  rows: string,
  checks: readonly RowCheck[],
): Promise<ReadonlyMap<RowCheck, number>> {
  if (checks.length === 0) return new Map()
  const [counts] = await db.rows(`SELECT ${offendingCounts(checks).join(', ')} FROM ${rows}`)
  return new Map(checks.map((check, index) => [check, Number(counts?.[`c${index}`] ?? 0)]))
}

/** `count(...) AS c0, ...`, in the order of the checks. */
export const offendingCounts = (checks: readonly RowCheck[]): readonly string[] =>
  checks.map(({ predicate }, index) => `count(*) FILTER (${predicate} IS NOT TRUE) AS c${index}`)

export function failedRowChecks(
  db: DuckDb,
  offending: ReadonlyMap<RowCheck, number>,
  rows: string,
): Promise<readonly CheckFailure[]> {
  const failed = [...offending].filter(([, count]) => count > 0)
  return failures(
    db,
    failed.map(([check]) => ({ ...check, from: `${rows} WHERE ${check.predicate} IS NOT TRUE` })),
  )
}

/** Rows of a table, as what follows FROM, and the versions of assets that they refer to. */
export interface CheckedRows {
  readonly rows: string
  readonly referenced: ReadonlyMap<string, InputTable>
}

/** What must hold for the rows together, or with those of other tables. */
export function failedTableChecks(
  db: DuckDb,
  asset: ResolvedTable,
  checked: CheckedRows,
): Promise<readonly CheckFailure[]> {
  return failures(db, [...sameKeys(asset, checked.rows), ...dangling(asset, checked)])
}

/** New rows of a table, and those that stay as they are. */
export interface StayingRows extends CheckedRows {
  readonly arriving: string
  /** Whether a new row may have the key of one that stays. */
  readonly sharingKeys: boolean
}

/** What the rows that stay do not pass any more, with the new rows and with what has become of the referenced assets. */
export function failedStayingChecks(
  db: DuckDb,
  asset: ResolvedTable,
  staying: StayingRows,
): Promise<readonly CheckFailure[]> {
  const { primaryKey } = asset
  const on = primaryKey.map((name) => `own.${identifier(name)} = other.${identifier(name)}`).join(' AND ')
  const shared: readonly Offenders[] =
    staying.sharingKeys && primaryKey.length > 0
      ? [{ ...uniqueKey(asset), from: `${staying.arriving} AS own SEMI JOIN ${staying.rows} AS other ON ${on}` }]
      : []
  return failures(db, [...shared, ...dangling(asset, staying)])
}

async function failures(db: DuckDb, all: readonly Offenders[]): Promise<readonly CheckFailure[]> {
  const found: CheckFailure[] = []
  for (const offenders of all) {
    const failure = await sampled(db, offenders)
    if (failure.rows > 0) found.push(failure)
  }
  return found
}

const uniqueKey = ({ primaryKey }: ResolvedTable) =>
  ({ name: `${primaryKey.join(', ')} is unique`, severity: 'error' }) as const

function sameKeys(asset: ResolvedTable, rows: string): readonly Offenders[] {
  if (asset.primaryKey.length === 0) return []
  const key = identifiers(asset.primaryKey)
  const from = `${rows} WHERE (${key}) IN (SELECT (${key}) FROM ${rows} GROUP BY ${key} HAVING count(*) > 1)`
  return [{ ...uniqueKey(asset), from }]
}

/** Values that stand nowhere; of the references to assets that were not given nothing is said. */
function dangling({ declared, references }: ResolvedTable, { rows, referenced }: CheckedRows): readonly Offenders[] {
  return references.flatMap(({ column, asset, key: target, severity }) => {
    const table = referenced.get(asset)
    const other = asset === declared.key ? rows : table && inputSql(table)
    if (other === undefined) return []
    const own = `(SELECT * FROM ${rows} WHERE ${identifier(column)} IS NOT NULL) AS own`
    const on = `own.${identifier(column)} = target.${identifier(target)}`
    return [{ name: `${column} stands in ${asset}`, severity, from: `${own} ANTI JOIN ${other} AS target ON ${on}` }]
  })
}

/** How many rows offend, and some of them. */
async function sampled(db: DuckDb, { name, severity, from }: Offenders): Promise<CheckFailure> {
  const [total] = await db.rows(`SELECT count(*) AS rows FROM ${from}`)
  const rows = Number(total?.rows ?? 0)
  const sample = rows > 0 ? await db.jsonRows(`SELECT * FROM ${from} LIMIT ${SAMPLE_ROWS}`) : []
  return { check: name, severity, rows, sample }
}
