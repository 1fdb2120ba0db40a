import type { ColumnType } from '../declare/columns.ts'
import { MalformedLog } from './corrupt-table.ts'

/** A column of a table as the log knows it. A declared `Column` is one too. */
export interface TableColumn {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
}

/** The `schemaString` of a table's metadata (PROTOCOL.md, "Schema Serialization Format"). */
export function printSchema(columns: readonly TableColumn[]): string {
  const fields = columns.map(({ name, type, nullable }) => ({ name, type: deltaType(type), nullable, metadata: {} }))
  return JSON.stringify({ type: 'struct', fields })
}

/** What a table's data files have to agree with. */
export interface TableShape {
  readonly columns: readonly TableColumn[]
  readonly partitionColumns: readonly string[]
}

export function sameShape(left: TableShape, right: TableShape): boolean {
  return (
    printSchema(left.columns) === printSchema(right.columns) &&
    left.partitionColumns.join() === right.partitionColumns.join()
  )
}

export function deltaType(type: ColumnType): string {
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
      return type.kind
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
])

/** Throws MalformedLog or SyntaxError for what is no schema, or has a column of a type that lake does not have. */
export function parseSchema(schemaString: string): readonly TableColumn[] {
  const schema: unknown = JSON.parse(schemaString)
  if (!isObject(schema) || !Array.isArray(schema.fields)) throw new MalformedLog('its schema is not a struct')
  return schema.fields.map(parseField)
}

function parseField(field: unknown): TableColumn {
  if (!isObject(field) || typeof field.name !== 'string')
    throw new MalformedLog('its schema has a column without a name')
  const type = COLUMN_TYPES.get(field.type) ?? decimalType(field.type)
  if (!type)
    throw new MalformedLog(
      `its column ${field.name} has the type ${JSON.stringify(field.type)}, which lake does not have`,
    )
  return { name: field.name, type, nullable: field.nullable !== false }
}

function decimalType(type: unknown): ColumnType | undefined {
  const match = typeof type === 'string' ? /^decimal\((\d+),\s*(-?\d+)\)$/.exec(type) : null
  return match ? { kind: 'decimal', precision: Number(match[1]), scale: Number(match[2]) } : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
