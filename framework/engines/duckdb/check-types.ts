/** Checks that the result of a query fits the declared columns without a change of any value. */
import { type Column, typeName } from '../../declare/columns.ts'
import { type DuckDb, StatementFailed } from './duckdb-session.ts'
import { isExactCast } from './sql.ts'

/** Throws StatementFailed if a column is missing, or its type could change a value. */
export async function checkTypes(db: DuckDb, columns: readonly Column[], sql: string): Promise<void> {
  const described = await db.rows(`DESCRIBE ${sql}`)
  const types = new Map(described.map((row) => [String(row.column_name), String(row.column_type)]))
  for (const { name, type } of columns) {
    const actual = types.get(name)
    if (actual === undefined) throw new StatementFailed(`it has no column ${name}`)
    if (!isExactCast(actual, type)) {
      throw new StatementFailed(
        `the column ${name} is declared ${typeName(type)}, but the query gives ${actual}: convert it with fn.to...()`,
      )
    }
  }
}
