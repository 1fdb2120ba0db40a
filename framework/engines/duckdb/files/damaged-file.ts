/** Finds the file that made DuckDB fail, where it failed at one that is damaged: its own words do not always say which. */
import type { UnreadableFile } from '../../../engine/engine.ts'
import { type DuckDb, StatementFailed } from '../duckdb-session.ts'
import { filesSql } from '../sql.ts'

/** What is wrong with a statement, or with the values of rows, and not with a file. */
const OF_THE_STATEMENT = /\b(Parser|Binder|Catalog|Conversion|Out of Range|Interrupt|Constraint|Permission) Error:/

/** Whether DuckDB may have failed for a damaged file. */
export function mayBeDamage(error: unknown): boolean {
  return error instanceof Error && !OF_THE_STATEMENT.test(error.message) && /\bError:/.test(error.message)
}

/** The first of the files that cannot be read to its end; undefined where all can. */
export async function damagedFile(db: DuckDb, files: readonly string[]): Promise<UnreadableFile | undefined> {
  for (const file of files) {
    try {
      await db.run(`SELECT max(hash(stored)) FROM ${filesSql([file])} AS stored`)
    } catch (error) {
      if (!(error instanceof StatementFailed)) throw error
      return { file, reason: error.message }
    }
  }
  return undefined
}
