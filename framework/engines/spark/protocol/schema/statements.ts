/** Schemas of the statements of a SQL session. */
import * as z from 'zod'
import { columnSchema, outputSchema, tableSchema } from './tables.ts'

/**
 * A statement of a SQL session. Its names are those of the session's views. `stats`, `rows` and
 * `write` have a result.
 */
export const statementSchemas = {
  /**
   * Names a table's rows. With `withFile`, the column `lake.file` has the file of each row, as
   * Hadoop names it.
   */
  read: z.object({ do: z.literal('read'), name: z.string(), table: tableSchema, withFile: z.boolean() }),
  view: z.object({ do: z.literal('view'), name: z.string(), sql: z.string() }),
  /** Computes rows once and keeps them. With `columns`, casts them to the declared types. */
  keep: z.object({
    do: z.literal('keep'),
    name: z.string(),
    sql: z.string(),
    columns: z.array(columnSchema).nullable(),
  }),
  /** Keeps texts as a table with one column, `value`. */
  texts: z.object({ do: z.literal('texts'), name: z.string(), values: z.array(z.string()) }),
  stats: z.object({ do: z.literal('stats'), table: z.string() }),
  rows: z.object({ do: z.literal('rows'), sql: z.string() }),
  write: z.object({ do: z.literal('write'), sql: z.string(), output: outputSchema }),
}
export const statementSchema = z.discriminatedUnion('do', [
  statementSchemas.read,
  statementSchemas.view,
  statementSchemas.keep,
  statementSchemas.texts,
  statementSchemas.stats,
  statementSchemas.rows,
  statementSchemas.write,
])

export type StatementSpec = z.infer<typeof statementSchema>
