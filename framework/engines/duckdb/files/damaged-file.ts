/**
 * Finds the damaged file that made DuckDB fail, because DuckDB's message does not always name it.
 */
import type { UnreadableFile } from '../../../engine/engine.ts'
import { type DuckDb, StatementFailed } from '../duckdb-session.ts'
import { filesSql } from '../sql.ts'

/** Errors of a statement or of values, which no damaged file causes. */
const OF_THE_STATEMENT = /\b(Parser|Binder|Catalog|Conversion|Out of Range|Interrupt|Constraint|Permission) Error:/

/** Whether a damaged file can be the cause of DuckDB's error. */
export function mayBeDamage(error: unknown): boolean {
  return error instanceof Error && !OF_THE_STATEMENT.test(error.message) && /\bError:/.test(error.message)
}

/** The first of the files that cannot be read to its end; undefined if all can. */
export async function damagedFile(db: DuckDb, files: readonly string[]): Promise<UnreadableFile | undefined> {
  for (const file of files) {
    try {
      await db.run(`SELECT max(hash(stored)) FROM ${filesSql({ files: [file] })} AS stored`)
    } catch (error) {
      if (!(error instanceof StatementFailed)) throw error
      return { file, reason: error.message }
    }
  }
  return undefined
}
