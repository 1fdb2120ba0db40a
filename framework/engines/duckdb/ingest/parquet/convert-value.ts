/** Writes as SQL how a value of a Parquet file becomes a value of a declared type, exactly. */
import type { ArrayType, ColumnType, MapType, StructType } from '../../../../declare/columns.ts'
import { formatOfPart } from '../../../../declare/reading/value-format.ts'
import { mapOfSql } from '../../../../expression/functions/nested/nested-sql.ts'
import type { LineFormat } from '../../../../ingest/lines/line-columns.ts'
import { type FileField, type FileType, fileTypeName, withoutJson } from '../../../../ingest/parquet/file-type.ts'
import { duckdbType, textLiteral } from '../../sql.ts'
import { localMoment } from './local-moment.ts'

/**
 * `value` is an expression of the declared type, which is valid only if `holds` is true. `holds` is
 * undefined if the declared type holds every value. If the value in the file is null, both can be
 * null.
 */
export interface Converted {
  readonly value: string
  readonly holds?: string
}

export type Conversion = Converted | { readonly refused: string }

/** The declared type and format of a column. */
export interface Target {
  readonly type: ColumnType
  readonly format: LineFormat | null
}

/**
 * `value` is an expression of a value in the file. `refused` says why no such value can be read.
 */
export function convertValue(value: string, from: FileType, target: Target): Conversion {
  const { type, format } = target
  if (from.kind === 'null') return { value: `CAST(NULL AS ${duckdbType(type)})` }
  if (format?.kind === 'json') return jsonText(value, from)
  if (format?.kind === 'epoch') return epochMoment(value, from, format.power)
  return convertPlain(value, from, target) ?? { refused: mismatch(from, target) }
}

const mismatch = (from: FileType, { type }: Target): string => {
  const isLocal = type.kind === 'timestamp' && from.kind === 'timestamp'
  const hint = isLocal ? ", which need a zone: declare timestamp({ zone: 'UTC' }) or another one" : ''
  return `the file has ${fileTypeName(from)}${hint}`
}

function convertPlain(value: string, from: FileType, { type, format }: Target): Conversion | undefined {
  switch (type.kind) {
    case 'text':
      return textValue(value, from)
    case 'boolean':
    case 'date':
      if (from.kind !== type.kind) return undefined
      return from.kind === 'date' ? { value, holds: inCalendar(value, 'DATE', from.isOld) } : { value }
    case 'int':
    case 'bigint':
      return integerValue(value, from, type)
    case 'double':
      return doubleValue(value, from, format?.kind === 'special-numbers')
    case 'decimal':
      return decimalValue(value, from, type)
    case 'timestamp':
      return timestampValue(value, from, format)
    case 'binary':
      return from.kind === 'binary' ? { value } : undefined
    case 'array':
      return arrayValue(value, from, { type, format })
    case 'struct':
      return structValue(value, from, { type, format })
    case 'map':
      return mapValue(value, from, { type, format })
  }
}

/**
 * Whether the value is in the years that every engine and reader supports. For a value of Spark's
 * old calendar: in the years that all of them read alike.
 */
function inCalendar(value: string, type: 'DATE' | 'TIMESTAMPTZ', isOld = false): string {
  if (type === 'DATE') return `${value} BETWEEN DATE '${isOld ? '1582-10-15' : '0001-01-01'}' AND DATE '9999-12-31'`
  const first = isOld ? '1900' : '0001'
  return `${value} BETWEEN TIMESTAMPTZ '${first}-01-01 00:00:00+00' AND TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'`
}

function textValue(value: string, from: FileType): Converted | undefined {
  switch (from.kind) {
    case 'text':
      return { value }
    case 'json':
    case 'uuid':
    case 'integer':
    case 'decimal':
      return { value: `CAST(${value} AS VARCHAR)` }
    case 'binary':
      return { value: `TRY(decode(${value}))`, holds: `TRY(decode(${value})) IS NOT NULL` }
    default:
      return undefined
  }
}

const BITS = { int: 32, bigint: 64 } as const

function integerValue(
  value: string,
  from: FileType,
  type: ColumnType & { readonly kind: 'int' | 'bigint' },
): Converted | undefined {
  const converted = `TRY_CAST(${value} AS ${duckdbType(type)})`
  switch (from.kind) {
    case 'integer': {
      const fits = from.bits < BITS[type.kind] || (from.bits === BITS[type.kind] && from.isSigned)
      return fits ? { value: cast(value, type) } : { value: converted, holds: `${converted} IS NOT NULL` }
    }
    // A cast rounds, so its result is compared with the value.
    case 'float':
    case 'double':
      return { value: converted, holds: `CAST(${converted} AS DOUBLE) = ${value} AND ${value} < ${2n ** 63n}` }
    case 'decimal':
      if (from.scale === 0) return { value: converted, holds: `${converted} IS NOT NULL` }
      return { value: converted, holds: `${converted} IS NOT NULL AND ${hasDigitsAfter(value, 0)}` }
    default:
      return undefined
  }
}

const cast = (value: string, type: ColumnType): string => `CAST(${value} AS ${duckdbType(type)})`

/** Whether a decimal has at most `scale` digits after the point. Trailing zeros do not count. */
const hasDigitsAfter = (value: string, scale: number): string =>
  `NOT regexp_matches(CAST(${value} AS VARCHAR), '\\.\\d{${scale}}\\d*[1-9]')`

/** Maximum number of digits of a decimal that survive the conversion to a double and back. */
const DOUBLE_DIGITS = 15
/** Maximum number of bits of an integer that every double holds. */
const DOUBLE_BITS = 32

function doubleValue(value: string, from: FileType, isSpecial: boolean): Converted | undefined {
  const converted = `CAST(${value} AS DOUBLE)`
  switch (from.kind) {
    case 'float':
    case 'double':
      return isSpecial ? { value: converted } : { value: converted, holds: `isfinite(${value})` }
    case 'integer':
      if (from.bits <= DOUBLE_BITS) return { value: converted }
      return { value: converted, holds: `CAST(${converted} AS HUGEINT) = ${value}` }
    case 'decimal':
      return from.precision <= DOUBLE_DIGITS ? { value: converted } : undefined
    default:
      return undefined
  }
}

function decimalValue(
  value: string,
  from: FileType,
  type: ColumnType & { readonly kind: 'decimal' },
): Converted | undefined {
  const converted = `TRY_CAST(${value} AS ${duckdbType(type)})`
  if (from.kind === 'integer') return { value: converted, holds: `${converted} IS NOT NULL` }
  if (from.kind !== 'decimal') return undefined
  const fitsBefore = from.precision - from.scale <= type.precision - type.scale
  if (fitsBefore && from.scale <= type.scale) return { value: cast(value, type) }
  if (from.scale <= type.scale) return { value: converted, holds: `${converted} IS NOT NULL` }
  return { value: converted, holds: `${converted} IS NOT NULL AND ${hasDigitsAfter(value, type.scale)}` }
}

function timestampValue(value: string, from: FileType, format: LineFormat | null): Conversion | undefined {
  if (from.kind !== 'timestamp') return undefined
  if (from.isMoment) {
    // DuckDB reads timestamps of 96 bits as timestamps without a zone. They are in UTC.
    const moment = `CAST(${value} AS TIMESTAMPTZ)`
    return { value: moment, holds: inCalendar(moment, 'TIMESTAMPTZ', from.isOld) }
  }
  if (format?.kind !== 'time' || !format.zone) return undefined
  const local = wholeMicros(value)
  const moment = localMoment(local, format.zone, format.ambiguous)
  return { value: moment, holds: `isfinite(${local}) AND ${inCalendar(moment, 'TIMESTAMPTZ', from.isOld)}` }
}

/**
 * A cast from nanoseconds truncates towards 1970, which gives a later moment for one before 1970.
 */
const wholeMicros = (value: string): string => {
  const cut = `CAST(${value} AS TIMESTAMP)`
  return `(CASE WHEN ${cut} > ${value} THEN ${cut} - INTERVAL 1 MICROSECOND ELSE ${cut} END)`
}

function epochMoment(value: string, from: FileType, power: number): Conversion {
  if (from.kind !== 'integer') return { refused: `the file has ${fileTypeName(from)}, and not integers since 1970` }
  const micros = `TRY_CAST(CAST(${value} AS HUGEINT) * ${10 ** power} AS BIGINT)`
  const moment = `TRY(make_timestamptz(${micros}))`
  return { value: moment, holds: inCalendar(moment, 'TIMESTAMPTZ') }
}

function jsonText(value: string, from: FileType): Conversion {
  const unread = withoutJson(from)
  if (unread) return { refused: `the file has ${fileTypeName(unread)}, which have no JSON` }
  const json = `CAST(TRY(to_json(${value})) AS VARCHAR)`
  const finite = isFiniteSql(value, from)
  return { value: json, holds: `${json} IS NOT NULL${finite === undefined ? '' : ` AND ${finite}`}` }
}

/** Whether all numbers in the value are finite; undefined if its type has only finite ones. */
function isFiniteSql(value: string, type: FileType): string | undefined {
  switch (type.kind) {
    case 'float':
    case 'double':
      return `isfinite(${value})`
    case 'list':
      return eachElement(value, (element) => isFiniteSql(element, type.element.type))
    case 'struct':
      return all(type.fields.map((field, index) => orNull(isFiniteSql, fieldOf(value, field, index), field.type)))
    case 'map':
      return eachElement(`map_values(${value})`, (element) => isFiniteSql(element, type.value.type))
    default:
      return undefined
  }
}

function orNull(
  write: (value: string, type: FileType) => string | undefined,
  value: string,
  type: FileType,
): string | undefined {
  const condition = write(value, type)
  return condition === undefined ? undefined : `(${value} IS NULL OR ${condition})`
}

const all = (conditions: readonly (string | undefined)[]): string | undefined => {
  const present = conditions.filter((condition) => condition !== undefined)
  return present.length === 0 ? undefined : `(${present.join(' AND ')})`
}

/**
 * Selects the field by its position, because DuckDB does not distinguish fields that differ only in
 * case. `index` is the field's index in its struct.
 */
export const fieldOf = (value: string, { at }: FileField, index: number): string =>
  `struct_extract_at(${value}, ${(at ?? index) + 1})`

/** A name for a lambda's parameter that does not occur in the value. */
function parameterFor(value: string): string {
  for (let number = 1; ; number++) if (!value.includes(`e${number}`)) return `e${number}`
}

function eachElement(list: string, condition: (element: string) => string | undefined): string | undefined {
  const element = parameterFor(list)
  const holds = condition(element)
  if (holds === undefined) return undefined
  const each = `list_transform(${list}, lambda ${element}: coalesce(${element} IS NULL OR (${holds}), false))`
  return `coalesce(list_bool_and(${each}), true)`
}

/** A nested type that is declared, and the formats of its parts. */
interface NestedTarget<Type> {
  readonly type: Type
  readonly format: LineFormat | null
}

function arrayValue(
  value: string,
  from: FileType,
  { type: { element, nullable }, format }: NestedTarget<ArrayType>,
): Conversion | undefined {
  if (from.kind !== 'list') return undefined
  const parameter = parameterFor(value)
  const one = convertValue(parameter, from.element.type, { type: element, format: formatOfPart(format, 0) })
  if ('refused' in one) return { refused: `${one.refused} in its lists` }
  const isPresent =
    nullable || !from.element.nullable
      ? undefined
      : `NOT list_contains(list_transform(${value}, lambda ${parameter}: ${parameter} IS NULL), true)`
  const holds = all([isPresent, one.holds === undefined ? undefined : eachElement(value, () => one.holds)])
  const isSame = one.value === parameter
  return {
    value: isSame ? value : `list_transform(${value}, lambda ${parameter}: ${one.value})`,
    ...(holds !== undefined && { holds }),
  }
}

/** The entries are sorted by their keys. */
function mapValue(
  value: string,
  from: FileType,
  { type: { key, value: type, nullable }, format }: NestedTarget<MapType>,
): Conversion | undefined {
  if (from.kind !== 'map') return undefined
  const entries = `map_entries(${value})`
  const parameter = parameterFor(entries)
  const [keyPart, valuePart] = [`struct_extract_at(${parameter}, 1)`, `struct_extract_at(${parameter}, 2)`]
  const keys = convertValue(keyPart, from.key.type, { type: key, format: null })
  if ('refused' in keys) return { refused: `${keys.refused} in the keys of its maps` }
  const values = convertValue(valuePart, from.value.type, { type, format: formatOfPart(format, 1) })
  if ('refused' in values) return { refused: `${values.refused} in its maps` }
  const holds = eachElement(entries, () =>
    all([
      from.key.nullable ? `${keyPart} IS NOT NULL` : undefined,
      keys.holds,
      nullable ? undefined : `${valuePart} IS NOT NULL`,
      values.holds && `(${valuePart} IS NULL OR (${values.holds}))`,
    ]),
  )
  const converted = `list_transform(${entries}, lambda ${parameter}: {'key': ${keys.value}, 'value': ${values.value}})`
  return { value: mapOfSql(converted, 'duckdb'), ...(holds !== undefined && { holds }) }
}

function structValue(
  value: string,
  from: FileType,
  { type: { fields }, format }: NestedTarget<StructType>,
): Conversion | undefined {
  if (from.kind !== 'struct') return undefined
  const parts: string[] = []
  const conditions: (string | undefined)[] = []
  for (const [at, { name, type, nullable }] of fields.entries()) {
    const index = from.fields.findIndex((field) => field.name === name)
    const field = from.fields[index]
    if (!field) {
      if (!nullable) return { refused: `the file has no ${name} in its structs` }
      parts.push(`${textLiteral(name)}: CAST(NULL AS ${duckdbType(type)})`)
      continue
    }
    const part = fieldOf(value, field, index)
    const one = convertValue(part, field.type, { type, format: formatOfPart(format, at) })
    if ('refused' in one) return { refused: `${one.refused} in ${name} of its structs` }
    parts.push(`${textLiteral(name)}: ${one.value}`)
    if (!nullable) conditions.push(`${part} IS NOT NULL`)
    if (one.holds !== undefined) conditions.push(`coalesce(${part} IS NULL OR (${one.holds}), false)`)
  }
  const holds = all(conditions)
  return {
    value: `CASE WHEN ${value} IS NOT NULL THEN {${parts.join(', ')}} END`,
    ...(holds !== undefined && { holds }),
  }
}
