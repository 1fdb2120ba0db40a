/**
 * Parses the schema of a table that another program writes: all types, and the physical names of
 * columns.
 */
import { MalformedLog } from '../corrupt-table.ts'
import { type Fields, isFields } from '../fields.ts'

/** How data files name the columns of a table (PROTOCOL.md, "Column Mapping"). */
export type ColumnMapping = 'none' | 'name' | 'id'

/** A column of a table, or a field of a struct. */
export interface OutsideColumn {
  readonly name: string
  /** Its name in data files, in statistics and in partition values. */
  readonly physicalName: string
  /** Its id in data files. Undefined without column mapping. */
  readonly id: number | undefined
  readonly type: OutsideType
  readonly nullable: boolean
}

export type OutsideType =
  /** The name is the one in the log: `long`, `decimal(9,2)`. */
  | { readonly kind: 'plain'; readonly name: string }
  | { readonly kind: 'struct'; readonly columns: readonly OutsideColumn[] }
  | { readonly kind: 'array'; readonly element: OutsideType; readonly nullable: boolean }
  | { readonly kind: 'map'; readonly key: OutsideType; readonly value: OutsideType; readonly nullable: boolean }

/** Maximum depth of nested types. */
const MAX_DEPTH = 100

/** Throws MalformedLog or SyntaxError if the text is not a schema. */
export function parseOutsideSchema(schemaString: string, mapping: ColumnMapping): readonly OutsideColumn[] {
  const type = parseType(JSON.parse(schemaString), mapping, MAX_DEPTH)
  if (type.kind !== 'struct') throw new MalformedLog('its schema is not a struct')
  return type.columns
}

function parseType(type: unknown, mapping: ColumnMapping, depth: number): OutsideType {
  if (typeof type === 'string') return { kind: 'plain', name: type }
  if (!isFields(type) || depth === 0) throw new MalformedLog(`its schema has the type ${JSON.stringify(type)}`)
  const inner = (part: unknown) => parseType(part, mapping, depth - 1)
  switch (type.type) {
    case 'struct':
      if (!Array.isArray(type.fields)) throw new MalformedLog('its schema has a struct without fields')
      return { kind: 'struct', columns: type.fields.map((field: unknown) => parseColumn(field, mapping, inner)) }
    case 'array':
      return { kind: 'array', element: inner(type.elementType), nullable: type.containsNull !== false }
    case 'map':
      return {
        ...{ kind: 'map', key: inner(type.keyType), value: inner(type.valueType) },
        nullable: type.valueContainsNull !== false,
      }
    default:
      throw new MalformedLog(`its schema has the type ${JSON.stringify(type.type)}`)
  }
}

function parseColumn(field: unknown, mapping: ColumnMapping, parse: (type: unknown) => OutsideType): OutsideColumn {
  if (!isFields(field) || typeof field.name !== 'string')
    throw new MalformedLog('its schema has a column without a name')
  const { name } = field
  const { physicalName, id } =
    mapping === 'none' ? { physicalName: name, id: undefined } : placeIn(name, field.metadata)
  return { name, physicalName, id, type: parse(field.type), nullable: field.nullable !== false }
}

function placeIn(name: string, metadata: unknown): Pick<OutsideColumn, 'physicalName' | 'id'> {
  const notes: Fields = isFields(metadata) ? metadata : {}
  const [physicalName, id] = [notes['delta.columnMapping.physicalName'], notes['delta.columnMapping.id']]
  if (typeof physicalName !== 'string' || !Number.isSafeInteger(id))
    throw new MalformedLog(`its column ${name} has no id or no physical name, and the table maps columns`)
  return { physicalName, id: Number(id) }
}
