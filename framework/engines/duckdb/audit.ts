import { version as duckdbVersion } from '@duckdb/node-api'
import type { Column } from '../../declare/columns.ts'
import type { CheckFailure } from '../../engine/check-failure.ts'
import type { InputTable, WrittenFile } from '../../engine/data-file.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import { emptyFingerprint, type Fingerprint, hexDigits } from '../../observe/fingerprint.ts'
import { failedChecks, sampled, tableViolations, violationCounts, violationsOf } from '../sql/table-checks.ts'
import type { DuckDb, SqlRow } from './duckdb-session.ts'
import type { CopiedFile } from './files/parquet-writer.ts'
import { DuckDbQueries } from './queries/duckdb-queries.ts'
import { type RowCheck, rowChecks } from './row-checks.ts'
import { FILE, filesSql, identifier, identifiers, inputSql } from './sql.ts'

const KEY = identifier('lake.key')

export interface Audited {
  /** Local paths or URIs. */
  readonly files: readonly string[]
  readonly columns: readonly Column[]
  /** None where rows have no key: then every change of a row counts for all of its columns. */
  readonly primaryKey: readonly string[]
}

export interface AuditResult {
  /** In the order of the files. */
  readonly fingerprints: readonly Fingerprint[]
  /** Row check -> how many rows offend. */
  readonly offending: ReadonlyMap<RowCheck, number>
}

/** Names the hash, which may be another in another release of DuckDB, and what is hashed with each value. */
export function fingerprintAlgorithm(primaryKey: readonly string[]): string {
  return `duckdb ${duckdbVersion()} hash(${primaryKey.join(',') || 'row'})`
}

/** One scan of the files: the fingerprint of each, and how many rows offend against each check. */
export async function auditFiles(db: DuckDb, audited: Audited, checks: readonly RowCheck[]): Promise<AuditResult> {
  if (audited.files.length === 0) return { fingerprints: [], offending: new Map() }
  const algorithm = fingerprintAlgorithm(audited.primaryKey)
  const rows = await db.rows(auditSql(audited, checks))
  const byName = new Map(rows.map((row) => [String(row.file), row]))
  const fingerprints = audited.files.map((file) => {
    const row = byName.get(file)
    return row
      ? fingerprint(row, algorithm, audited.columns)
      : emptyFingerprint(
          algorithm,
          audited.columns.map(({ name }) => name),
        )
  })
  const offending = checks.map((check, index) => {
    const counts = rows.map((row) => Number(row[`c${index}`]))
    return [check, counts.reduce((sum, count) => sum + count, 0)] as const
  })
  return { fingerprints, offending: new Map(offending) }
}

function auditSql({ files, columns, primaryKey }: Audited, checks: readonly RowCheck[]): string {
  const keyed = primaryKey.length > 0 ? primaryKey : columns.map(({ name }) => name)
  const sums = columns.map(({ name }, index) => `sum(hash(${KEY}, ${identifier(name)})) AS s${index}`)
  return (
    `SELECT ${FILE} AS file, count(*) AS "rows", ${[...sums, ...violationCounts(checks)].join(', ')} ` +
    `FROM (SELECT *, hash(${identifiers(keyed)}) AS ${KEY} FROM ${filesSql(files)}) GROUP BY ${FILE}`
  )
}

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
  const audit = await auditFiles(db, { files: paths, columns, primaryKey }, rowChecks(asset))
  const written = inputSql({ columns, files: paths })
  const counted = [...audit.offending].map(([check, rows]) => ({ ...violationsOf(check, written), rows }))
  const questions = new DuckDbQueries(db)
  const checks = [
    ...(await sampled(questions, counted)),
    ...(await failedChecks(
      questions,
      { rows: written, checks: [] },
      tableViolations(questions, asset, { rows: written, referenced }),
    )),
  ]
  return { files: withFingerprints(files, audit), checks }
}

export function withFingerprints(files: readonly CopiedFile[], { fingerprints }: AuditResult): readonly WrittenFile[] {
  return files.map((file, index) => {
    const fingerprint = fingerprints[index]
    if (fingerprint?.rows !== file.stats.rows) throw new Error(`${file.location} reads back other than it was written`)
    return { ...file, fingerprint }
  })
}
