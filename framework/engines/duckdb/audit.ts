/** Reads written files back: computes their fingerprints and runs the checks of their table. */
import { version as duckdbVersion } from '@duckdb/node-api'
import type { Column } from '../../declare/columns.ts'
import type { CheckFailure } from '../../engine/check-failure.ts'
import type { InputTable, WrittenFile } from '../../engine/data-file.ts'
import { partsToHash } from '../../expression/functions/nested/nested-sql.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import { emptyFingerprint, type Fingerprint, hexDigits } from '../../observe/fingerprint.ts'
import { failedChecks, sampled, tableViolations, violationCounts, violationsOf } from '../sql/table-checks.ts'
import type { DuckDb, SqlRow } from './duckdb-session.ts'
import type { CopiedFile } from './files/parquet-writer.ts'
import { DuckDbQueries } from './queries/duckdb-queries.ts'
import { duckdbRowChecks, type RowCheck } from './row-checks.ts'
import { FILE, filesSql, identifier, inputSql } from './sql.ts'

const KEY = identifier('lake.key')

/** The files of a table to audit. */
export interface Audited {
  /** Local paths or URIs. */
  readonly files: readonly string[]
  /** As in `InputTable`. */
  readonly rows?: InputTable['rows']
  readonly columns: readonly Column[]
  /**
   * Empty if rows have no key. Then any change in a row changes the fingerprints of all columns.
   */
  readonly primaryKey: readonly string[]
}

export interface AuditResult {
  /** In the order of the files. */
  readonly fingerprints: readonly Fingerprint[]
  /** Row check -> the number of rows that violate it. */
  readonly violations: ReadonlyMap<RowCheck, number>
}

/**
 * Names the hash, which can differ between releases of DuckDB, and the columns that are hashed with
 * each value.
 */
export function duckdbFingerprintAlgorithm(primaryKey: readonly string[]): string {
  return `duckdb ${duckdbVersion()} hash(${primaryKey.join(',') || 'row'})`
}

/**
 * Maximum number of files that one statement reads, because DuckDB keeps what it knows of each file
 * until the statement ends: 6 kB for a file of two columns.
 */
const FILES_AT_ONCE = 1_000

/** Computes each file's fingerprint, and counts the violations of each check, in one scan. */
export async function auditFiles(db: DuckDb, audited: Audited, checks: readonly RowCheck[]): Promise<AuditResult> {
  const algorithm = duckdbFingerprintAlgorithm(audited.primaryKey)
  const fingerprints: Fingerprint[] = []
  const violations = new Map(checks.map((check) => [check, 0]))
  for (let from = 0; from < audited.files.length; from += FILES_AT_ONCE) {
    const some = filesFrom(audited, from)
    const rows = await db.rows(auditSql(audited, filesSql(some), checks))
    const byName = new Map(rows.map((row) => [String(row.file), row]))
    for (const file of some.files) fingerprints.push(fileFingerprint(byName.get(file), algorithm, audited.columns))
    for (const [index, check] of checks.entries()) {
      const counts = rows.map((row) => Number(row[`c${index}`]))
      violations.set(
        check,
        counts.reduce((sum, count) => sum + count, violations.get(check) ?? 0),
      )
    }
  }
  return { fingerprints, violations }
}

function filesFrom({ files, rows }: Audited, from: number): Pick<Audited, 'files' | 'rows'> {
  const to = from + FILES_AT_ONCE
  return { files: files.slice(from, to), ...(rows && { rows: rows.slice(from, to) }) }
}

/** The fingerprint of a file without rows if `row` is undefined. */
const fileFingerprint = (row: SqlRow | undefined, algorithm: string, columns: readonly Column[]): Fingerprint =>
  row
    ? fingerprint(row, algorithm, columns)
    : emptyFingerprint(
        algorithm,
        columns.map(({ name }) => name),
      )

/** Fingerprints the rows of `from`, by the file in their column FILE. */
export async function fingerprintsByFile(
  db: DuckDb,
  from: string,
  { columns, primaryKey }: Pick<Audited, 'columns' | 'primaryKey'>,
): Promise<ReadonlyMap<string, Fingerprint>> {
  const algorithm = duckdbFingerprintAlgorithm(primaryKey)
  const rows = await db.rows(auditSql({ columns, primaryKey }, from, []))
  return new Map(rows.map((row) => [String(row.file), fingerprint(row, algorithm, columns)]))
}

function auditSql(
  { columns, primaryKey }: Pick<Audited, 'columns' | 'primaryKey'>,
  from: string,
  checks: readonly RowCheck[],
): string {
  const keyed = primaryKey.length > 0 ? columns.filter(({ name }) => primaryKey.includes(name)) : columns
  const sums = columns.map((column, index) => `sum(hash(${KEY}, ${hashedSql(column)})) AS s${index}`)
  return (
    `SELECT ${FILE} AS file, count(*) AS "rows", ${[...sums, ...violationCounts(checks)].join(', ')} ` +
    `FROM (SELECT *, hash(${keyed.map(hashedSql).join(', ')}) AS ${KEY} FROM ${from}) GROUP BY ${FILE}`
  )
}

/**
 * The expression that is hashed for a column. DuckDB's own hash of a nested value is the same for
 * null and an empty list, and for lists with the same leaves.
 */
const hashedSql = ({ name, type }: Column): string => partsToHash(identifier(name), type, 'duckdb').join(', ')

function fingerprint(row: SqlRow, algorithm: string, columns: readonly Column[]): Fingerprint {
  const sums = columns.map(({ name }, index) => [name, hexDigits(BigInt(String(row[`s${index}`])))] as const)
  return { algorithm, rows: Number(row.rows), columns: Object.fromEntries(sums) }
}

/** Fingerprints the files of a table and runs all of its checks over them. */
export async function auditTable(
  db: DuckDb,
  asset: ResolvedTable,
  files: readonly CopiedFile[],
  referenced: ReadonlyMap<string, InputTable>,
): Promise<{ readonly files: readonly WrittenFile[]; readonly checks: readonly CheckFailure[] }> {
  if (files.length === 0) return { files: [], checks: [] }
  const paths = files.map(({ location }) => location)
  const { columns, primaryKey } = asset
  const audit = await auditFiles(db, { files: paths, columns, primaryKey }, duckdbRowChecks(asset))
  const written = inputSql({ columns, files: paths })
  const counted = [...audit.violations].map(([check, rows]) => ({ ...violationsOf(check, written), rows }))
  const queries = new DuckDbQueries(db)
  const checks = [
    ...(await sampled(queries, counted)),
    ...(await failedChecks(
      queries,
      { rows: written, checks: [] },
      tableViolations(queries, asset, { rows: written, referenced }),
    )),
  ]
  return { files: withFingerprints(files, audit), checks }
}

export function withFingerprints(files: readonly CopiedFile[], { fingerprints }: AuditResult): readonly WrittenFile[] {
  return files.map((file, index) => {
    const fingerprint = fingerprints[index]
    if (fingerprint?.rows !== file.stats.rows)
      throw new Error(`${file.location} has other rows than were written to it`)
    return { ...file, fingerprint }
  })
}
