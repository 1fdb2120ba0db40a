/** Parses, prints and compares the schemas of tables. */
import type { ColumnType } from '../declare/columns.ts'
import { isKey } from '../declare/columns.ts'
import { MalformedLog } from './corrupt-table.ts'

/** A column of a table, as in the log. A declared `Column` is one too. */
export interface TableColumn {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
  /** Notes of another writer about the column, such as a comment. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Prints the `schemaString` of a table's metadata (PROTOCOL.md, "Schema Serialization Format"). */
export function printSchema(columns: readonly TableColumn[]): string {
  const fields = columns.map(({ name, type, nullable, metadata = {} }) => ({
    ...{ name, type: schemaType(type), nullable, metadata },
  }))
  return JSON.stringify({ type: 'struct', fields })
}

/** The part of the metadata that data files depend on. */
interface TableShape {
  readonly columns: readonly TableColumn[]
  readonly partitionColumns: readonly string[]
}

export function sameShape(left: TableShape, right: TableShape): boolean {
  return (
    printSchema(left.columns.map(bare)) === printSchema(right.columns.map(bare)) &&
    left.partitionColumns.join() === right.partitionColumns.join()
  )
}

/**
 * The columns, with the notes that another writer made about the columns of the same name in
 * `noted`. Leaves out the notes of Delta itself.
 */
export function withNotes(columns: readonly TableColumn[], noted: readonly TableColumn[]): readonly TableColumn[] {
  const notes = new Map(noted.map(({ name, metadata = {} }) => [name, Object.entries(metadata)]))
  return columns.map((column) => {
    const kept = (notes.get(column.name) ?? []).filter(([note]) => !note.startsWith('delta.'))
    return { ...bare(column), ...(kept.length > 0 && { metadata: Object.fromEntries(kept) }) }
  })
}

const bare = ({ name, type, nullable }: TableColumn): TableColumn => ({ name, type, nullable })

/** The type's text in Delta's schema. */
export const deltaType = (type: ColumnType): string => {
  const printed = schemaType(type)
  return typeof printed === 'string' ? printed : JSON.stringify(printed)
}

/**
 * The type as a part of Delta's schema. Parts of nested types can always be null there: what a
 * table declares about them is checked on its rows.
 */
function schemaType(type: ColumnType): string | Readonly<Record<string, unknown>> {
  switch (type.kind) {
    case 'text':
      return 'string'
    case 'int':
      return 'integer'
    case 'bigint':
      return 'long'
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'boolean':
    case 'double':
    case 'date':
    case 'timestamp':
    case 'binary':
      return type.kind
    case 'array':
      return { type: 'array', elementType: schemaType(type.element), containsNull: true }
    case 'map':
      return {
        ...{ type: 'map', keyType: schemaType(type.key), valueType: schemaType(type.value), valueContainsNull: true },
      }
    case 'struct':
      return {
        type: 'struct',
        fields: type.fields.map((field) => ({
          ...{ name: field.name, type: schemaType(field.type), nullable: true, metadata: {} },
        })),
      }
  }
}

const COLUMN_TYPES: ReadonlyMap<unknown, ColumnType> = new Map<unknown, ColumnType>([
  ['string', { kind: 'text' }],
  ['integer', { kind: 'int' }],
  ['long', { kind: 'bigint' }],
  ['boolean', { kind: 'boolean' }],
  ['double', { kind: 'double' }],
  ['date', { kind: 'date' }],
  ['timestamp', { kind: 'timestamp' }],
  ['binary', { kind: 'binary' }],
])

/**
 * Throws MalformedLog or SyntaxError if the text is not a schema, or if a column has a type that
 * lake does not know.
 */
export function parseSchema(schemaString: string): readonly TableColumn[] {
  const schema: unknown = JSON.parse(schemaString)
  if (!isObject(schema) || !Array.isArray(schema.fields)) throw new MalformedLog('its schema is not a struct')
  return schema.fields.map(parseField)
}

function parseField(field: unknown): TableColumn {
  if (!isObject(field) || typeof field.name !== 'string')
    throw new MalformedLog('its schema has a column without a name')
  const type = parseType(field.type, MAX_DEPTH)
  if (!type)
    throw new MalformedLog(
      `its column ${field.name} has the type ${JSON.stringify(field.type)}, which lake does not have`,
    )
  const { metadata } = field
  const isNoted = isObject(metadata) && Object.keys(metadata).length > 0
  return { name: field.name, type, nullable: field.nullable !== false, ...(isNoted && { metadata }) }
}

/** Maximum depth of nested types in a foreign schema. */
const MAX_DEPTH = 20

/** Undefined if lake does not have the type. */
function parseType(type: unknown, depth: number): ColumnType | undefined {
  if (!isObject(type)) return COLUMN_TYPES.get(type) ?? decimalType(type)
  if (depth === 0) return undefined
  if (type.type === 'array') {
    const element = parseType(type.elementType, depth - 1)
    return element && { kind: 'array', element, nullable: type.containsNull !== false }
  }
  if (type.type === 'map') {
    const [key, value] = [parseType(type.keyType, depth - 1), parseType(type.valueType, depth - 1)]
    return key && value && isKey(key)
      ? { kind: 'map', key, value, nullable: type.valueContainsNull !== false }
      : undefined
  }
  if (type.type !== 'struct' || !Array.isArray(type.fields)) return undefined
  const fields = type.fields.map((field: unknown) => {
    if (!isObject(field) || typeof field.name !== 'string') return undefined
    const own = parseType(field.type, depth - 1)
    return own && { name: field.name, type: own, nullable: field.nullable !== false }
  })
  return fields.every((field) => field !== undefined) ? { kind: 'struct', fields } : undefined
}

function decimalType(type: unknown): ColumnType | undefined {
  const match = typeof type === 'string' ? /^decimal\((\d+),\s*(-?\d+)\)$/.exec(type) : null
  return match ? { kind: 'decimal', precision: Number(match[1]), scale: Number(match[2]) } : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
