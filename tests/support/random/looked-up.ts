/** Looks up rows by changed rows, as an engine does once for all tables of a run. */
import type { DuckDb } from '../../../framework/engines/duckdb/duckdb-session.ts'
import type { ScannedRows } from '../../../framework/engines/sql/increment/sql-staging.ts'
import type { Scan } from '../../../framework/relation/relation.ts'

/** Each part of a table is a table whose name consists of the table and the part. */
export function lookingUp(db: DuckDb): ScannedRows['lookUp'] {
  let made = 0
  return async (scan, id, from) => {
    const { alias, part, columns } = scan
    const column = columns.find((one) => one.id === id)?.name
    if (scan.found !== undefined || part === 'removed' || part === 'added') return scan
    const found = `found_${made++}`
    const keys = ['removed', 'added'].map((side) => `SELECT "${from.column}" AS changed FROM ${from.alias}_${side}`)
    await db.run(
      `CREATE TEMP VIEW ${found}_${part} AS SELECT own.* FROM ${alias}_${part} AS own ` +
        `SEMI JOIN (${keys.join(' UNION ')}) AS keys ON own."${column}" = keys.changed`,
    )
    return { ...scan, found }
  }
}

/** A scan of the rows that the look-up found. */
export const ofFound = (scan: Scan): Scan => ({ ...scan, alias: scan.found ?? scan.alias })
