/** Infers the columns of a source from the schema of its Delta table. */
import type { OutsideTable } from '../delta/outside/outside-table.ts'
import { rowsOf } from '../delta/stats.ts'
import { columnField } from '../ingest/delta/column-type.ts'
import { mappedFields } from '../ingest/delta/mapped-fields.ts'
import type { InferredSource } from './infer-source.ts'
import { columnsOfFields } from './parquet-columns.ts'

/** Reads no data file: types and null are in the schema, and the log mostly counts rows. */
export function inferDelta({ columns, mapping, files }: OutsideTable): InferredSource {
  const stored = columns.map((column) => columnField(column))
  const rows = [...files.values()].reduce((sum, { stats, deletionVector }) => {
    return sum + (rowsOf(stats) ?? 0) - (deletionVector?.cardinality ?? 0)
  }, 0)
  const inferred = columnsOfFields(mapping === 'none' ? stored : mappedFields(stored, columns, mapping))
  return { lines: Math.max(0, rows), refused: { lines: 0, first: undefined }, unique: [], ...inferred }
}
