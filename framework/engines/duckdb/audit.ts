import { version as duckdbVersion } from '@duckdb/node-api'
import type { Column } from '../../declare/columns.ts'
import type { CheckFailure, InputTable, WrittenFile } from '../../execute/engine.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import { emptyFingerprint, type Fingerprint, hexDigits } from '../../observe/fingerprint.ts'
import type { DuckDb, SqlRow } from './duckdb-session.ts'
import type { CopiedFile } from './parquet-writer.ts'
import { type RowCheck, rowChecks } from './row-checks.ts'
import { duckdbType, FILE, filesSql, identifier, identifiers, textList } from './sql.ts'

const SAMPLE_ROWS = 5

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
  const counts = checks.map(({ predicate }, index) => `count(*) FILTER (${predicate} IS NOT TRUE) AS c${index}`)
  return (
    `SELECT ${FILE} AS file, count(*) AS "rows", ${[...sums, ...counts].join(', ')} ` +
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
  const checks = rowChecks(asset)
  const paths = files.map(({ localPath }) => localPath)
  const audit = await auditFiles(db, { files: paths, columns: asset.columns, primaryKey: asset.primaryKey }, checks)
  const written = `read_parquet(${textList(paths)}, hive_partitioning = false)`
  const failures: CheckFailure[] = []
  for (const [check, count] of audit.offending) {
    if (count > 0)
      failures.push(await sampled(db, { ...check, from: `${written} WHERE ${check.predicate} IS NOT TRUE` }))
  }
  for (const offenders of tableChecks(asset, written, referenced)) {
    const failure = await sampled(db, offenders)
    if (failure.rows > 0) failures.push(failure)
  }
  return { files: withFingerprints(files, audit), checks: failures }
}

export function withFingerprints(files: readonly CopiedFile[], { fingerprints }: AuditResult): readonly WrittenFile[] {
  return files.map((file, index) => {
    const fingerprint = fingerprints[index]
    if (fingerprint?.rows !== file.stats.rows) throw new Error(`${file.localPath} reads back other than it was written`)
    return { ...file, fingerprint }
  })
}

/** The rows that offend against a check: `SELECT * FROM ${from}`. */
export interface Offenders {
  readonly name: string
  readonly severity: 'error' | 'warn'
  readonly from: string
}

/** What must hold for the rows together, or with those of other tables. */
function tableChecks(
  { primaryKey, declared, references }: ResolvedTable,
  written: string,
  referenced: ReadonlyMap<string, InputTable>,
): readonly Offenders[] {
  const key = identifiers(primaryKey)
  const unique: readonly Offenders[] =
    primaryKey.length === 0
      ? []
      : [
          {
            name: `${primaryKey.join(', ')} is unique`,
            severity: 'error',
            from: `${written} WHERE (${key}) IN (SELECT (${key}) FROM ${written} GROUP BY ${key} HAVING count(*) > 1)`,
          },
        ]
  const dangling = references.map(({ column, asset, key: target, severity }) => {
    const other = asset === declared.key ? written : referencedFiles(referenced.get(asset))
    return {
      name: `${column} stands in ${asset}`,
      severity,
      from:
        `(SELECT * FROM ${written} WHERE ${identifier(column)} IS NOT NULL) AS own ` +
        `ANTI JOIN ${other} AS target ON own.${identifier(column)} = target.${identifier(target)}`,
    }
  })
  return [...unique, ...dangling]
}

function referencedFiles(table: InputTable | undefined): string {
  if (!table) throw new Error('a referenced asset was not given to the engine')
  return inputSql(table)
}

/** The rows of a table version as a relation. Without files there is nothing to read a schema from. */
export function inputSql({ columns, files }: InputTable): string {
  if (files.length === 0) {
    const empty = columns.map(({ name, type }) => `CAST(NULL AS ${duckdbType(type)}) AS ${identifier(name)}`)
    return `(SELECT ${empty.join(', ')} WHERE false)`
  }
  return `read_parquet(${textList(files)}, hive_partitioning = false)`
}

/** How many rows offend, and some of them. */
export async function sampled(db: DuckDb, { name, severity, from }: Offenders): Promise<CheckFailure> {
  const [total] = await db.rows(`SELECT count(*) AS rows FROM ${from}`)
  const rows = Number(total?.rows ?? 0)
  const sample = rows > 0 ? await db.jsonRows(`SELECT * FROM ${from} LIMIT ${SAMPLE_ROWS}`) : []
  return { check: name, severity, rows, sample }
}
