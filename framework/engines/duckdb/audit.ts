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
interface Audited {
  /** Local paths or URIs. */
  readonly files: readonly string[]
  /** Which rows of each file count: see `rows` of `InputTable`. */
  readonly rows?: NonNullable<InputTable['rows']>
  readonly columns: readonly Column[]
  /**
   * Empty if rows have no key. Then any change in a row changes the fingerprints of all columns.
   */
  readonly primaryKey: readonly string[]
}

/** What an audit counts besides fingerprints. */
interface Counted {
  readonly checks: readonly RowCheck[]
  /** Whether to find out if all keys differ. */
  readonly keys: boolean
}

const NOTHING: Counted = { checks: [], keys: false }

interface AuditResult {
  /** In the order of the files. */
  readonly fingerprints: readonly Fingerprint[]
  /** Row check -> the number of rows that violate it. */
  readonly violations: ReadonlyMap<RowCheck, number>
  /**
   * Whether it is certain that no two rows have the same primary key. It is uncertain for rows in
   * several files.
   */
  readonly keysDiffer: boolean
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

/** Computes each file's fingerprint, and counts what is asked for, in one scan. */
export async function auditFiles(db: DuckDb, audited: Audited, counted = NOTHING): Promise<AuditResult> {
  if (audited.files.length === 1) return auditOneFile(db, audited, counted)
  const algorithm = duckdbFingerprintAlgorithm(audited.primaryKey)
  const fingerprints: Fingerprint[] = []
  const violations = new Map(counted.checks.map((check) => [check, 0]))
  for (let from = 0; from < audited.files.length; from += FILES_AT_ONCE) {
    const some = filesFrom(audited, from)
    const rows = await db.rows(byFileSql(audited, filesSql(some), counted.checks))
    const byName = new Map(rows.map((row) => [String(row.file), row]))
    for (const file of some.files) fingerprints.push(fileFingerprint(byName.get(file), algorithm, audited.columns))
    for (const [index, check] of counted.checks.entries()) {
      const counts = rows.map((row) => Number(row[`c${index}`]))
      violations.set(
        check,
        counts.reduce((sum, count) => sum + count, violations.get(check) ?? 0),
      )
    }
  }
  return { fingerprints, violations, keysDiffer: false }
}

async function auditOneFile(db: DuckDb, audited: Audited, counted: Counted): Promise<AuditResult> {
  const algorithm = duckdbFingerprintAlgorithm(audited.primaryKey)
  const [row] = await db.rows(totalsSql(audited, counted))
  const violations = counted.checks.map((check, index) => [check, Number(row?.[`c${index}`])] as const)
  return {
    fingerprints: [fileFingerprint(row, algorithm, audited.columns)],
    violations: new Map(violations),
    keysDiffer: counted.keys && row?.keys === row?.rows,
  }
}

function filesFrom({ files, rows }: Audited, from: number): Pick<Audited, 'files' | 'rows'> {
  const to = from + FILES_AT_ONCE
  return { files: files.slice(from, to), ...(rows && { rows: rows.slice(from, to) }) }
}

/** `row` is undefined for a file without rows if other files have some. */
const fileFingerprint = (row: SqlRow | undefined, algorithm: string, columns: readonly Column[]): Fingerprint =>
  row && Number(row.rows) > 0
    ? fingerprint(row, algorithm, columns)
    : emptyFingerprint(
        algorithm,
        columns.map(({ name }) => name),
      )

/** Fingerprints the rows of `from`, by the file in their column FILE. */
export async function fingerprintsByFile(
  db: DuckDb,
  from: string,
  { columns, primaryKey }: HashedRows,
): Promise<ReadonlyMap<string, Fingerprint>> {
  const algorithm = duckdbFingerprintAlgorithm(primaryKey)
  const rows = await db.rows(byFileSql({ columns, primaryKey }, from, []))
  return new Map(rows.map((row) => [String(row.file), fingerprint(row, algorithm, columns)]))
}

type HashedRows = Pick<Audited, 'columns' | 'primaryKey'>

function byFileSql(hashed: HashedRows, from: string, checks: readonly RowCheck[]): string {
  return `SELECT ${[`${FILE} AS file`, ...aggregates(hashed, checks)].join(', ')} FROM ${keyedSql(hashed, from)} GROUP BY ${FILE}`
}

/**
 * Gives one row, for a single file. Counts the distinct hashes of keys and not the keys, because a
 * hash is smaller than most keys. If all hashes differ, all keys differ.
 */
function totalsSql(audited: Audited, { checks, keys }: Counted): string {
  const distinct = keys ? [`count(DISTINCT ${KEY}) AS "keys"`] : []
  return `SELECT ${[...aggregates(audited, checks), ...distinct].join(', ')} FROM ${keyedSql(audited, inputSql(audited))}`
}

function aggregates({ columns }: HashedRows, checks: readonly RowCheck[]): readonly string[] {
  const sums = columns.map((column, index) => `sum(hash(${KEY}, ${hashedSql(column)})) AS s${index}`)
  return ['count(*) AS "rows"', ...sums, ...violationCounts(checks)]
}

/** The rows of `from`, each with the hash of its primary key in the column KEY. */
function keyedSql({ columns, primaryKey }: HashedRows, from: string): string {
  const keyed = primaryKey.length > 0 ? columns.filter(({ name }) => primaryKey.includes(name)) : columns
  return `(SELECT *, hash(${keyed.map(hashedSql).join(', ')}) AS ${KEY} FROM ${from})`
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
  const counted = { checks: duckdbRowChecks(asset), keys: primaryKey.length > 0 }
  const audit = await auditFiles(db, { files: paths, columns, primaryKey }, counted)
  const written = inputSql({ columns, files: paths })
  const violations = [...audit.violations].map(([check, rows]) => ({ ...violationsOf(check, written), rows }))
  const queries = new DuckDbQueries(db)
  const checks = [
    ...(await sampled(queries, violations)),
    ...(await failedChecks(
      queries,
      { rows: written, checks: [] },
      tableViolations(queries, asset, { rows: written, referenced, keysDiffer: audit.keysDiffer }),
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
