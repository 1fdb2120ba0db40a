/** Writes SQL that looks at the parts of nested values. */
import type { DialectName } from '../../expression.ts'
import type { ArrayType, StructField, StructType, ValueType } from '../../value-type.ts'

/** The field of a struct; null if the struct is null. */
export const fieldSql = (struct: string, name: string, dialect: DialectName): string =>
  dialect === 'duckdb' ? `struct_extract(${struct}, '${name}')` : `${struct}.\`${name}\``

/** A list of what `body` gives for each element; null if the list is null. */
function eachSql(list: string, dialect: DialectName, body: (element: string) => string): string {
  const element = fresh(list)
  return dialect === 'duckdb'
    ? `list_transform(${list}, lambda ${element}: ${body(element)})`
    : `transform(${list}, ${element} -> ${body(element)})`
}

/** A name for an element that the list's own SQL does not have. */
function fresh(list: string): string {
  const used = [...list.matchAll(/\be(\d+)\b/g)].map(([, number]) => Number(number))
  return `e${Math.max(-1, ...used) + 1}`
}

/** A struct of these values in the order of its fields. */
export function structSql(values: readonly (readonly [name: string, sql: string])[], dialect: DialectName): string {
  return dialect === 'duckdb'
    ? `struct_pack(${values.map(([name, sql]) => `"${name}" := ${sql}`).join(', ')})`
    : `named_struct(${values.map(([name, sql]) => `'${name}', ${sql}`).join(', ')})`
}

/**
 * The value with 0.0 for each -0.0 in it. Some parts of the engines tell the two apart, such as the
 * Bloom filters of files.
 */
export function unsignedSql(value: string, type: ValueType, dialect: DialectName): string {
  if (!hasDouble(type)) return value
  switch (type.kind) {
    case 'array':
      return eachSql(value, dialect, (element) => unsignedSql(element, type.element, dialect))
    case 'struct': {
      const fields = type.fields.map((field) => {
        return [field.name, unsignedSql(fieldSql(value, field.name, dialect), field.type, dialect)] as const
      })
      return `CASE WHEN ${value} IS NOT NULL THEN ${structSql(fields, dialect)} END`
    }
    default:
      return `(${value} + 0e0)`
  }
}

function hasDouble(type: ValueType): boolean {
  switch (type.kind) {
    case 'array':
      return hasDouble(type.element)
    case 'struct':
      return type.fields.some((field) => hasDouble(field.type))
    default:
      return type.kind === 'double'
  }
}

/**
 * What to hash of a value so that different values have different hashes. Engines leave null out of
 * the hash of a nested value, and hash a list as they hash its leaves.
 */
export function partsToHash(value: string, type: ValueType, dialect: DialectName): readonly string[] {
  switch (type.kind) {
    case 'array':
      return arrayParts(value, type, dialect)
    case 'struct':
      return structParts(value, type, dialect)
    default:
      return [value]
  }
}

const SIZE = { duckdb: 'len', spark: 'size' } as const
const HASH = { duckdb: 'hash', spark: 'xxhash64' } as const

function arrayParts(value: string, { element }: ArrayType, dialect: DialectName): readonly string[] {
  const size = `CASE WHEN ${value} IS NULL THEN -1 ELSE ${SIZE[dialect]}(${value}) END`
  return [size, eachSql(value, dialect, (part) => `${HASH[dialect]}(${partOfNested(part, element, dialect)})`)]
}

function structParts(value: string, { fields }: StructType, dialect: DialectName): readonly string[] {
  const parts = fields.map((field) => partOfNested(fieldSql(value, field.name, dialect), field.type, dialect))
  return [`${value} IS NULL`, ...parts]
}

const partOfNested = (value: string, type: ValueType, dialect: DialectName): string =>
  [`${value} IS NULL`, ...partsToHash(value, type, dialect)].join(', ')

/**
 * What to sort a value by, so that engines agree: arrays by their elements one after another,
 * shorter ones first, structs by their fields, and null after all values.
 */
export function sortKeySql(value: string, type: ValueType, dialect: DialectName): string {
  switch (type.kind) {
    case 'array':
      return eachSql(value, dialect, (part) => structSql(nullsLast(part, type.element, ['n', 'v'], dialect), dialect))
    case 'struct': {
      const fields = type.fields.flatMap((field, index) => {
        const part = fieldSql(value, field.name, dialect)
        return nullsLast(part, field.type, [`n${index}`, `v${index}`], dialect)
      })
      return `CASE WHEN ${value} IS NOT NULL THEN ${structSql(fields, dialect)} END`
    }
    default:
      return value
  }
}

function nullsLast(
  value: string,
  type: ValueType,
  [isNull, key]: readonly [string, string],
  dialect: DialectName,
): readonly (readonly [name: string, sql: string])[] {
  return [
    [isNull, `${value} IS NULL`],
    [key, sortKeySql(value, type, dialect)],
  ]
}

/**
 * Whether no part of the value is null that cannot be; undefined if all of its parts can be. The
 * value itself is not null.
 */
export function partsPresentSql(value: string, type: ValueType, dialect: DialectName): string | undefined {
  switch (type.kind) {
    case 'array': {
      const element = fresh(value)
      const holds = presentSql(element, { type: type.element, nullable: type.nullable }, dialect)
      if (holds === undefined) return undefined
      return dialect === 'duckdb'
        ? `len(list_filter(${value}, lambda ${element}: (${holds}) IS NOT TRUE)) = 0`
        : `forall(${value}, ${element} -> ${holds})`
    }
    case 'struct': {
      const fields = type.fields.flatMap((field) => {
        const part = fieldSql(value, field.name, dialect)
        return presentSql(part, field, dialect) ?? []
      })
      return fields.length === 0 ? undefined : fields.join(' AND ')
    }
    default:
      return undefined
  }
}

function presentSql(
  part: string,
  { type, nullable }: Pick<StructField, 'type' | 'nullable'>,
  dialect: DialectName,
): string | undefined {
  const parts = partsPresentSql(part, type, dialect)
  if (nullable) return parts && `(${part} IS NULL OR ${parts})`
  return parts ? `(${part} IS NOT NULL AND ${parts})` : `${part} IS NOT NULL`
}
