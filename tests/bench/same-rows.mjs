/** Compares the tables of two sides, so that only equal work is compared. */
import { DuckDBInstance } from '@duckdb/node-api'

/**
 * Throws if two relations (SQL after FROM) have different rows. Duplicates count. Returns the
 * number of rows.
 */
export async function sameRows(name, left, right) {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    await connection.run("SET TimeZone = 'UTC'")
    const columns = (await rows(connection, `DESCRIBE SELECT * FROM ${left}`))
      .map(([column]) => `"${column}"`)
      .join(', ')
    const without = (these, those) => `(SELECT ${columns} FROM ${these} EXCEPT ALL SELECT ${columns} FROM ${those})`
    const count = async (relation) => Number((await rows(connection, `SELECT count(*) FROM ${relation}`))[0][0])
    const total = await count(left)
    const [missing, added] = [await count(without(right, left)), await count(without(left, right))]
    if (total === 0 || missing + added > 0) {
      throw new Error(
        `${name}: of ${total} rows ${added} are not in the yardstick's, and ${missing} of the yardstick's are missing`,
      )
    }
    return total
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function rows(connection, sql) {
  return (await connection.runAndReadAll(sql)).getRows()
}
