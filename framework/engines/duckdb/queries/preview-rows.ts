/** Runs an asset's query over parts of its upstreams, for `lake preview`. */
import type { InputTable } from '../../../engine/data-file.ts'
import type { PlainValue } from '../../../engine/json-value.ts'
import type { ResolvedTable } from '../../../graph/resolved-asset.ts'
import { assetSql } from '../../sql/asset-sql.ts'
import { previewFailed } from '../../sql/query-failure.ts'
import { checkTypes } from '../check-types.ts'
import { duckdbDialect } from '../duckdb-dialect.ts'
import { type DuckDbSession, StatementFailed } from '../duckdb-session.ts'
import { duckdbType, identifier, inputSql } from '../sql.ts'

interface PreviewQuery {
  readonly asset: ResolvedTable
  /** Alias of an upstream in the query -> the sample that the query reads. */
  readonly samples: ReadonlyMap<string, { readonly input: InputTable; readonly most: number | undefined }>
  /** Maximum number of rows of the result. */
  readonly rows: number
}

/** The first rows, in the order of the declared columns. Throws `query-failed`. */
export function previewRows(
  session: DuckDbSession,
  { asset, samples, rows }: PreviewQuery,
  signal: AbortSignal,
): Promise<readonly (readonly PlainValue[])[]> {
  return session.withConnection(async (db) => {
    const sql = assetSql(asset, duckdbDialect)
    try {
      for (const [alias, { input, most }] of samples) {
        const columns = input.columns.map(
          ({ name, type }) => `CAST(${identifier(name)} AS ${duckdbType(type)}) AS ${identifier(name)}`,
        )
        const limit = most === undefined ? '' : ` LIMIT ${most}`
        await db.run(
          `CREATE TEMP VIEW ${identifier(alias)} AS SELECT ${columns.join(', ')} FROM ${inputSql(input)}${limit}`,
        )
      }
      await checkTypes(db, asset.columns, sql)
      const found = await db.plainRows(`SELECT * FROM (${sql}) LIMIT ${rows}`)
      return found.map((row) => asset.columns.map(({ name }) => plainValueOf(row, name)))
    } catch (error) {
      if (!(error instanceof StatementFailed)) throw error
      throw previewFailed(asset, { reason: error.message, sql, cause: error })
    }
  }, signal)
}

const plainValueOf = (row: Readonly<Record<string, PlainValue>>, name: string): PlainValue => row[name] ?? null
