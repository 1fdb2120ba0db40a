/** Renames the columns of a data file to their names in its Delta table. */
import type { ColumnMapping, OutsideColumn, OutsideType } from '../../delta/outside/outside-schema.ts'
import type { FileField, FileType } from '../parquet/file-type.ts'
import { FileRefused } from '../refused-file.ts'

/**
 * The fields that are columns of the table, under the table's names, each with its position in the
 * file. Fields that the table has dropped are left out. Throws FileRefused if a column can be one
 * of two fields.
 */
export function mappedFields(
  fields: readonly FileField[],
  columns: readonly OutsideColumn[],
  mapping: ColumnMapping,
): readonly FileField[] {
  return columns.flatMap((column) => {
    const at = indexOfField(fields, column, mapping)
    const field = fields[at]
    if (!field) return []
    return [{ name: column.name, at, type: mappedType(field.type, column.type, mapping), nullable: field.nullable }]
  })
}

/**
 * The index of the column's field; -1 if the file lacks it. Delta ignores the case of names, and
 * files that were converted to a table can have names in another case.
 */
function indexOfField(
  fields: readonly FileField[],
  { physicalName, id }: OutsideColumn,
  mapping: ColumnMapping,
): number {
  if (mapping === 'id') return fields.findIndex((field) => field.id === id)
  const same = fields.findIndex(({ name }) => name === physicalName)
  if (same >= 0) return same
  const folded = physicalName.toLowerCase()
  const alike = fields.filter(({ name }) => name.toLowerCase() === folded)
  const [first, second] = alike
  if (first && second)
    throw new FileRefused(`the file has ${first.name} and ${second.name}, and the table ${physicalName}`)
  return first ? fields.indexOf(first) : -1
}

/**
 * If the file has another type than the table, the file's type stays: no column takes its values.
 */
function mappedType(stored: FileType, type: OutsideType, mapping: ColumnMapping): FileType {
  const inner = (field: FileField, part: OutsideType): FileField => ({
    ...field,
    type: mappedType(field.type, part, mapping),
  })
  if (stored.kind === 'date' && type.kind === 'plain' && type.name === 'timestamp_ntz')
    return { ...stored, kind: 'timestamp', isMoment: false }
  if (stored.kind === 'struct' && type.kind === 'struct') return mappedStruct(stored, type, mapping)
  if (stored.kind === 'list' && type.kind === 'array')
    return { ...stored, element: inner(stored.element, type.element) }
  if (stored.kind === 'map' && type.kind === 'map')
    return { kind: 'map', key: inner(stored.key, type.key), value: inner(stored.value, type.value) }
  return stored
}

function mappedStruct(
  stored: FileType & { readonly kind: 'struct' },
  { columns }: OutsideType & { readonly kind: 'struct' },
  mapping: ColumnMapping,
): FileType {
  const fields = mappedFields(stored.fields, columns, mapping)
  const isRenamed =
    fields.length < stored.fields.length || fields.some(({ name, at = 0 }) => stored.fields[at]?.name !== name)
  return { kind: 'struct', fields, ...(isRenamed && { isRenamed }) }
}
