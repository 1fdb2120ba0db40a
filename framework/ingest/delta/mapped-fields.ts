/** Renames the columns of a data file to their names in its Delta table. */
import type { ColumnMapping, OutsideColumn, OutsideType } from '../../delta/outside/outside-schema.ts'
import type { FileField, FileType } from '../parquet/file-type.ts'

/**
 * The fields that are columns of the table, under the table's names, each with its position in the
 * file. Fields that the table has dropped are left out.
 */
export function mappedFields(
  fields: readonly FileField[],
  columns: readonly OutsideColumn[],
  mapping: ColumnMapping,
): readonly FileField[] {
  return columns.flatMap(({ name, physicalName, id, type }) => {
    const at = fields.findIndex((field) => (mapping === 'id' ? field.id === id : field.name === physicalName))
    const field = fields[at]
    return field ? [{ name, at, type: mappedType(field.type, type, mapping), nullable: field.nullable }] : []
  })
}

/**
 * If the file has another type than the table, the file's type stays: no column takes its values.
 */
function mappedType(stored: FileType, type: OutsideType, mapping: ColumnMapping): FileType {
  const inner = (field: FileField, part: OutsideType): FileField => ({
    ...field,
    type: mappedType(field.type, part, mapping),
  })
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
