/** Declares the columns of assets, as zod schemas that know their type in the lake. */
import * as z from 'zod'
import {
  type ArrayType,
  arrayOf,
  FIELD_NAME,
  isKey,
  type KeyKind,
  type MapType,
  type ScalarKind,
  type StructType,
  typeName,
  type ValueType,
} from '../expression/value-type.ts'
import { type InQueries, type QueryType, typeNames } from '../query/builder/column-schema.ts'
import type {
  ArrayOf,
  Bigint,
  Binary,
  Bool,
  DateOnly,
  Decimal,
  Double,
  Int,
  MapOf,
  StructOf,
  Text,
  Timestamp,
} from '../query/builder/types/kinds.ts'
import type { BytesFormat, TimeFormat, ValueFormat } from './reading/value-format.ts'
import { readKeyPlace, type ValuePlace } from './reading/value-place.ts'

export type ColumnType = ValueType
export { type ArrayType, isKey, type MapType, type ScalarKind, type StructType, typeName }

/** The allowed names of columns. */
export const COLUMN_NAME = FIELD_NAME

/** Column names with their zod schemas, in the order of the table. */
export type ColumnSchemas = Readonly<Record<string, z.ZodType>>

/**
 * A row as programs see it: `bigint` columns are bigint, `decimal` and `date` columns are strings,
 * `timestamp` columns are Date, `binary` columns are Uint8Array.
 */
export type Row<Columns extends ColumnSchemas> = { -readonly [Name in keyof Columns]: z.output<Columns[Name]> }

/**
 * A row in queries: each column has a type of query/builder/types/kinds.ts, or null if it is
 * nullable.
 */
export type QueryRow<Columns extends ColumnSchemas> = { readonly [Name in keyof Columns]: QueryType<Columns[Name]> }

// zod copies a schema's entry to its refinements, so `text().min(1)` still knows that it is text.
const columnTypes = z.registry<ColumnEntry>()

interface ColumnEntry {
  readonly type: ColumnType
  readonly emptyIsNull?: boolean
  readonly format?: ValueFormat
}

// Nullable schemas have an entry here too, but none in `columnTypes`.
const places = z.registry<{ readonly place: ValuePlace | string }>()

/** Says which key of a record a column of a source reads, if that is not the key with its name. */
export interface Keyed {
  /**
   * Reads another key of the record, such as `user-agent`, or a member of nested objects, such as
   * `$.requestParameters.bucketName`.
   */
  from(key: string): this
  nullable<Self extends z.ZodType>(this: Self): z.ZodNullable<Self> & Keyed
}

/** Adds `fromPath`, for the types whose values the path of a file can hold. */
export interface Placed extends Keyed {
  /**
   * Reads the path of the file, relative to the directory of the source: the value of a directory
   * such as `year=2018` by its name, or the first group of a pattern.
   */
  fromPath(part: string | RegExp): this
  nullable<Self extends z.ZodType>(this: Self): z.ZodNullable<Self> & Placed
}

// zod gives each schema the methods of this prototype, so refinements keep them.
Object.assign(z.ZodType.prototype, {
  from(this: z.ZodType, key: string) {
    // A place that cannot be read is kept, so that it is reported with the asset's other mistakes.
    return placed(this, readKeyPlace(key) ?? key)
  },
  fromPath(this: z.ZodType, part: string | RegExp) {
    return placed(
      this,
      typeof part === 'string'
        ? { kind: 'directory', name: part }
        : { kind: 'match', pattern: part.source, flags: part.flags.replaceAll(/[gy]/g, '') },
    )
  },
})

function placed(schema: z.ZodType, place: ValuePlace | string): z.ZodType {
  const copy = schema.clone(schema._zod.def as never, { parent: true })
  places.add(copy, { place })
  return copy
}

interface QueryTypes {
  readonly text: Text
  readonly boolean: Bool
  readonly int: Int
  readonly bigint: Bigint
  readonly double: Double
  readonly decimal: Decimal
  readonly date: DateOnly
  readonly timestamp: Timestamp
  readonly binary: Binary
}

type Declared<Schema, Type> = Placed & Schema & InQueries<Type>
type DeclaredNested<Schema, Type> = Keyed & Schema & InQueries<Type>

function typed<Schema extends z.ZodType, const Type extends ColumnType & { readonly kind: ScalarKind }>(
  schema: Schema,
  type: Type,
  reading: Omit<ColumnEntry, 'type'> = {},
): Declared<Schema, QueryTypes[Type['kind']]> {
  columnTypes.add(schema, { type, ...reading })
  typeNames.add(schema, { name: typeName(type) })
  return schema as Declared<Schema, QueryTypes[Type['kind']]>
}

// Schemas are immutable, so columns of one kind share a schema: ten thousand assets would need
// fifty thousand.
const TEXT = typed(z.string(), { kind: 'text' })
const BOOLEAN = typed(z.boolean(), { kind: 'boolean' })
const INT = typed(z.int32(), { kind: 'int' })
const BIGINT = typed(z.int64(), { kind: 'bigint' })
const DOUBLE = typed(z.number(), { kind: 'double' })
const DATE = typed(z.iso.date(), { kind: 'date' })
const TIMESTAMP = typed(z.date(), { kind: 'timestamp' })
const bytes = (): z.ZodType<Uint8Array> => z.instanceof(Uint8Array)
const BINARY = typed(bytes(), { kind: 'binary' })

/** Unicode text. */
export const text = () => TEXT
/** True or false. */
export const boolean = () => BOOLEAN
/** A 32-bit integer. */
export const int = () => INT
/** A 64-bit integer; a `bigint` in programs. */
export const bigint = () => BIGINT
/**
 * A 64-bit floating point number. With `special`, a source also takes NaN, Infinity and -Infinity,
 * with or without quotes.
 */
export const double = ({ special = false }: { readonly special?: boolean } = {}) =>
  special ? typed(z.number(), { kind: 'double' }, { format: { kind: 'special-numbers' } }) : DOUBLE
/** A calendar date; `yyyy-mm-dd` in programs. */
export const date = () => DATE
/**
 * A moment, in UTC, to the microsecond (a `Date`, to the millisecond, in programs). A source writes
 * it as ISO 8601 with an offset, or in `format`.
 */
export const timestamp = (format?: TimeFormat) =>
  format ? typed(z.date(), { kind: 'timestamp' }, { format: { kind: 'time', time: format } }) : TIMESTAMP
/**
 * Bytes; a `Uint8Array` in programs. A source writes them as base64 with padding, or in `format`.
 */
export const binary = (format: BytesFormat | 'base64' = 'base64') =>
  format === 'base64' ? BINARY : typed(bytes(), { kind: 'binary' }, { format: { kind: format } })
/** Any value of a source's records, as the text of its JSON. */
export const json = () => typed(z.string(), { kind: 'text' }, { format: { kind: 'json' } })

/**
 * A number of at most `precision` digits, `scale` of them after the point. It is text in programs,
 * because a double is not exact.
 */
export function decimal(precision: number, scale: number) {
  return typed(z.string().regex(/^-?\d+(\.\d+)?$/), { kind: 'decimal', precision, scale })
}

/** Text that is one of `values`. */
export function oneOf<const Values extends readonly [string, ...string[]]>(...values: Values) {
  return typed(z.enum(values), { kind: 'text' })
}

/**
 * A list of values. Elements are null only if their type is nullable: `array(text().nullable())`.
 */
export function array<Element extends z.ZodType>(
  element: Element,
): DeclaredNested<z.ZodArray<Element>, ArrayOf<QueryType<Element>>> {
  const part = resolveColumn('', element)
  const type = part && arrayOf(part.type, part.nullable)
  return nested(z.array(element), type, [part]) as DeclaredNested<z.ZodArray<Element>, ArrayOf<QueryType<Element>>>
}

/** Named values: `struct({ city: text(), zip: text().nullable() })`. */
export function struct<const Fields extends ColumnSchemas>(
  fields: Fields,
): DeclaredNested<z.ZodObject<Fields>, StructOf<QueryRow<Fields>>> {
  const schema = z.object(fields)
  const parts = fieldsOf(schema as unknown as z.ZodObject)
  const type = parts && ({ kind: 'struct', fields: parts.map(storedField) } as const)
  return nested(schema, type, parts) as DeclaredNested<z.ZodObject<Fields>, StructOf<QueryRow<Fields>>>
}

const storedField = ({ name, type, nullable }: Column) => ({ name, type, nullable })

/** The schema of a map in a program's rows: an object whose keys are texts. */
type MapSchema<Value extends z.ZodType> = z.ZodRecord<z.ZodString, Value>

/**
 * Maps keys, which are text(), int(), bigint() or date(), to values: `map(text(), int())`. Throws
 * TypeError for other keys.
 */
export function map<Key extends z.ZodType & InQueries<QueryTypes[KeyKind]>, Value extends z.ZodType>(
  key: Key,
  value: Value,
): DeclaredNested<MapSchema<Value>, MapOf<QueryType<Key>, QueryType<Value>>> {
  const [keys, values] = [resolveColumn('', key), resolveColumn('', value)]
  if (!keys || keys.nullable || !isKey(keys.type)) {
    const given = keys ? ` of ${typeName(keys.type)}${keys.nullable ? ' that can be null' : ''}` : ''
    throw new TypeError(`map() has keys${given}: give text(), int(), bigint() or date(), which engines compare alike`)
  }
  const type = values && ({ kind: 'map', key: keys.type, value: values.type, nullable: values.nullable } as const)
  const schema = z.record(key as z.ZodType as z.ZodString, value)
  return nested(schema, type, [keys, values]) as unknown as DeclaredNested<
    MapSchema<Value>,
    MapOf<QueryType<Key>, QueryType<Value>>
  >
}

/** Records the type of the schema, unless a part of it has no type. Returns the schema. */
function nested(
  schema: z.ZodType,
  type: ColumnType | undefined,
  columns: readonly (Column | undefined)[] = [],
): z.ZodType {
  if (!type) return schema
  const parts = columns.map((column) => column?.format ?? null)
  columnTypes.add(schema, { type, ...(parts.some((part) => part) && { format: { kind: 'parts', parts } }) })
  typeNames.add(schema, { name: typeName(type) })
  return schema
}

/**
 * The parts of a nested column, as columns: the element of an array, the fields of a struct, or the
 * key and the value of a map.
 */
export function partColumns({ schema }: Pick<Column, 'schema'>): readonly Column[] {
  if (schema instanceof z.ZodArray)
    return [resolveColumn('', schema.element as z.ZodType)].filter((one) => one !== undefined)
  if (schema instanceof z.ZodRecord) {
    const parts = [schema.keyType as z.ZodType, schema.valueType as z.ZodType]
    return parts.map((part) => resolveColumn('', part)).filter((one) => one !== undefined)
  }
  return (schema instanceof z.ZodObject && fieldsOf(schema)) || []
}

/** Undefined if a field has no type of the lake. */
function fieldsOf(schema: z.ZodObject): readonly Column[] | undefined {
  const fields = Object.entries(schema.shape).map(([name, field]) => resolveColumn(name, field as z.ZodType))
  return fields.every((field) => field !== undefined) ? (fields as readonly Column[]) : undefined
}

/** Text in a source; an empty value is read as null. */
export function emptyAsNull() {
  return typed(z.string(), { kind: 'text' }, { emptyIsNull: true }).nullable()
}

/** A column with its resolved schema. */
export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
  readonly emptyIsNull: boolean
  /** Where a source gets its values; undefined for the key with its name. */
  readonly place?: ValuePlace
  /** A place that cannot be read, as it was declared. */
  readonly unreadablePlace?: string
  /** How a source writes its values, if the type alone does not say it. */
  readonly format?: ValueFormat
  /** The text of `.describe(...)`. */
  readonly description?: string
  /** The innermost schema, whose refinements are checked on every row. */
  readonly schema: z.ZodType
}

/**
 * Resolves the column that a schema declares. Returns undefined if no function of this module made
 * the schema.
 */
export function resolveColumn(name: string, declared: z.ZodType): Column | undefined {
  let schema = declared
  let nullable = false
  let { description } = declared
  let place = places.get(declared)?.place
  while (schema instanceof z.ZodNullable) {
    nullable = true
    schema = schema.unwrap() as z.ZodType
    description ??= schema.description
    place ??= places.get(schema)?.place
  }
  const entry = columnTypes.get(schema)
  if (!entry) return undefined
  const { type, emptyIsNull = false, format } = entry
  return {
    ...{ name, type, nullable, emptyIsNull },
    ...(typeof place === 'string' && { unreadablePlace: place }),
    ...(typeof place === 'object' && { place }),
    ...(format && { format }),
    ...(description !== undefined && { description }),
    schema,
  }
}
