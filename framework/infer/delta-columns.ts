/** Infers the columns of a source from the schema of its Delta table. */
import { liveRowsOf } from '../delta/actions.ts'
import type { OutsideColumn } from '../delta/outside/outside-schema.ts'
import { type OutsideTable, partitionText } from '../delta/outside/outside-table.ts'
import { columnField, partitionType } from '../ingest/delta/column-type.ts'
import { mappedFields } from '../ingest/delta/mapped-fields.ts'
import type { FileField } from '../ingest/parquet/file-type.ts'
import type { InferredSource } from './infer-source.ts'
import { columnsOfFields } from './parquet-columns.ts'

/** Reads no data file: the schema has the types, and the log can count rows. */
export function inferDelta(table: OutsideTable): InferredSource {
  const { columns, mapping, files, partitionColumns } = table
  const rows = [...files.values()].reduce<number | undefined>((sum, file) => {
    const own = liveRowsOf(file)
    return sum === undefined || own === undefined ? undefined : sum + own
  }, 0)
  const stored = columns.map((column) =>
    partitionColumns.includes(column.name) ? partitionField(column, files) : columnField(column),
  )
  const inferred = columnsOfFields(mappedFields(stored, columns, mapping))
  return { lines: rows, refused: { lines: 0, first: undefined }, unique: [], ...inferred }
}

/**
 * A partition's times have no zone if one of them has no zone in the log. Its type is unknown if
 * the log has some value of no known type.
 */
function partitionField(column: OutsideColumn, files: OutsideTable['files']): FileField {
  const types = [...files.values()].map((file) => partitionType(column, partitionText(file, column) ?? null))
  const odd = types.find((type) => type?.kind === 'other' || (type?.kind === 'timestamp' && !type.isMoment))
  return { ...columnField(column), ...(odd && { type: odd }) }
}
