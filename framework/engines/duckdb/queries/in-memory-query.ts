/** Runs an asset's query over rows in memory, for `testAsset`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { Column } from '../../../declare/columns.ts'
import type { CheckFailure } from '../../../engine/check-failure.ts'
import { describeFailures, rowCountFailures } from '../../../engine/check-failure.ts'
import { LakeError } from '../../../errors.ts'
import { mapOfSql, structSql } from '../../../expression/functions/nested/nested-sql.ts'
import { floorToMillis } from '../../../expression/moments.ts'
import { arrayOf, entryType, type ValueType } from '../../../expression/value-type.ts'
import type { ResolvedTable } from '../../../graph/resolved-asset.ts'
import { assetSql } from '../../sql/asset-sql.ts'
import { queryFailed } from '../../sql/query-failure.ts'
import { failedChecks, tableViolations } from '../../sql/table-checks.ts'
import { checkTypes } from '../check-types.ts'
import { duckdbDialect } from '../duckdb-dialect.ts'
import { type DuckDb, DuckDbSession, defaultSettings, StatementFailed } from '../duckdb-session.ts'
import { duckdbRowChecks } from '../row-checks.ts'
import { duckdbType, identifier, identifiers } from '../sql.ts'
import { DuckDbQueries } from './duckdb-queries.ts'

/** Input rows, each with a value for every column. */
interface RowsInput {
  readonly columns: readonly Column[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

const RESULT = 'result_rows'

/** Runs the query, checks the result too, and returns its rows as TypeScript programs see them. */
export async function queryRows(
  asset: ResolvedTable,
  inputs: ReadonlyMap<string, RowsInput>,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const temporary = await mkdtemp(join(tmpdir(), 'lake-test-asset-'))
  const session = await DuckDbSession.open(defaultSettings(), temporary)
  try {
    return await session.withConnection((db) => resultRows(db, asset, inputs))
  } finally {
    session.close()
    await rm(temporary, { recursive: true, force: true })
  }
}

async function resultRows(db: DuckDb, asset: ResolvedTable, inputs: ReadonlyMap<string, RowsInput>) {
  for (const [alias, input] of inputs) await createInput(db, alias, input)
  const sql = assetSql(asset, duckdbDialect)
  try {
    await checkTypes(db, asset.columns, sql)
    const typed = asset.columns.map(
      ({ name, type }) => `CAST(${identifier(name)} AS ${duckdbType(type)}) AS ${identifier(name)}`,
    )
    await db.run(`CREATE TEMP TABLE ${RESULT} AS SELECT ${typed.join(', ')} FROM (${sql})`)
  } catch (error) {
    if (!(error instanceof StatementFailed)) throw error
    throw queryFailed(asset, { reason: error.message, sql, cause: error })
  }
  const [{ count = 0n } = {}] = await db.rows(`SELECT count(*) AS count FROM ${RESULT}`)
  await refuseFailures(db, asset, rowCountFailures(asset, Number(count)))
  const order = asset.primaryKey.length > 0 ? identifiers(asset.primaryKey) : 'ALL'
  const rows = await db.rows(`SELECT * FROM ${RESULT} ORDER BY ${order}`)
  return rows.map((row) => Object.fromEntries(asset.columns.map(({ name }) => [name, programValue(row[name] ?? null)])))
}

async function refuseFailures(db: DuckDb, asset: ResolvedTable, counted: readonly CheckFailure[]): Promise<void> {
  const queries = new DuckDbQueries(db)
  const others = tableViolations(queries, asset, { rows: RESULT, referenced: new Map() })
  const failed = await failedChecks(queries, { rows: RESULT, checks: duckdbRowChecks(asset) }, others)
  const failures = [...counted, ...failed].filter(({ severity }) => severity === 'error')
  if (failures.length === 0) return
  throw new LakeError('check-failed', {
    problem: describeFailures(asset.key, failures),
    asset: asset.key,
    details: failures,
  })
}

async function createInput(db: DuckDb, alias: string, { columns, rows }: RowsInput): Promise<void> {
  const typed = columns.map(({ name, type }) => `${identifier(name)} ${duckdbType(type)}`)
  await db.run(`CREATE TEMP TABLE ${identifier(alias)} (${typed.join(', ')})`)
  if (rows.length === 0) return
  const values = rows.map(
    (row) =>
      `(${columns.map(({ name, type }) => `CAST(${literal(row[name], type)} AS ${duckdbType(type)})`).join(', ')})`,
  )
  await db.run(`INSERT INTO ${identifier(alias)} VALUES ${values.join(', ')}`)
}

function literal(value: unknown, type: ValueType): string {
  if (value === null || value === undefined) return 'NULL'
  if (type.kind === 'array' && Array.isArray(value)) {
    return `CAST([${value.map((element) => literal(element, type.element)).join(', ')}] AS ${duckdbType(type)})`
  }
  if (type.kind === 'struct') {
    const values = new Map(Object.entries(value))
    const fields = type.fields.map((field) => [field.name, literal(values.get(field.name), field.type)] as const)
    return `CAST(${structSql(fields, 'duckdb')} AS ${duckdbType(type)})`
  }
  if (type.kind === 'map') {
    const entries = value instanceof Map ? [...value] : Object.entries(value)
    const structs = entries.map(([key, part]) => literal({ key, value: part }, entryType(type)))
    return mapOfSql(`CAST([${structs.join(', ')}] AS ${duckdbType(arrayOf(entryType(type), false))})`, 'duckdb')
  }
  if (value instanceof Date) return duckdbDialect.timestamp(value.toISOString())
  if (value instanceof Uint8Array) return duckdbDialect.binary(Buffer.from(value).toString('base64'))
  // DuckDB would read the number 0.3 as a decimal and -0 as 0. From a text, it reads the same
  // double.
  if (typeof value === 'number') return Object.is(value, -0) ? "'-0'" : `'${value}'`
  return typeof value === 'string' ? `(${duckdbDialect.text(value)})` : String(value)
}

/** The value as `Row` in declare/columns.ts types it. */
function programValue(value: DuckDBValue): unknown {
  if (value instanceof DuckDBTimestampTZValue) return new Date(Number(floorToMillis(value.micros)))
  if (value instanceof DuckDBBlobValue) return Uint8Array.from(value.bytes)
  if (value instanceof DuckDBListValue) return value.items.map(programValue)
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, part]) => [name, programValue(part)]))
  }
  if (value instanceof DuckDBMapValue) {
    return Object.fromEntries(value.entries.map((entry) => [String(entry.key), programValue(entry.value)]))
  }
  if (value instanceof DuckDBDateValue || value instanceof DuckDBDecimalValue) return value.toString()
  return value
}
