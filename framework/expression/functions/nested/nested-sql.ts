/** Writes SQL for the parts of nested values. */
import type { DialectName } from '../../expression.ts'
import type { ArrayType, MapType, StructField, StructType, ValueType } from '../../value-type.ts'

/** The field of a struct; null if the struct is null. */
export const fieldSql = (struct: string, name: string, dialect: DialectName): string =>
  dialect === 'duckdb' ? `struct_extract(${struct}, '${name}')` : `${struct}.\`${name}\``

/**
 * The fields of a map's entry. Spark does not compare maps, so there a map is an array of entries
 * in the order of their keys. No declared field has a name with a dot.
 */
const ENTRY = { duckdb: ['key', 'value'], spark: ['lake.key', 'lake.value'] } as const

/** The entries of a map as an array; null if the map is null. */
const entriesSql = (map: string, dialect: DialectName): string => (dialect === 'duckdb' ? `map_entries(${map})` : map)

const keySql = (entry: string, dialect: DialectName): string => fieldSql(entry, ENTRY[dialect][0], dialect)

const valueSql = (entry: string, dialect: DialectName): string => fieldSql(entry, ENTRY[dialect][1], dialect)

/** A list of the results of `body` for each entry of a map; null if the map is null. */
export const eachEntrySql = (map: string, dialect: DialectName, body: (key: string, value: string) => string): string =>
  eachSql(entriesSql(map, dialect), dialect, (entry) => body(keySql(entry, dialect), valueSql(entry, dialect)))

/** A map of entries that are already in the order of their keys, without repeated keys. */
export function mapSql(entries: readonly (readonly [key: string, value: string])[], dialect: DialectName): string {
  const structs = entries.map((entry) => entrySql(entry, dialect)).join(', ')
  return dialect === 'duckdb' ? `map_from_entries([${structs}])` : `array(${structs})`
}

function entrySql([key, value]: readonly [key: string, value: string], dialect: DialectName): string {
  const [keyName, valueName] = ENTRY[dialect]
  return structSql(
    [
      [keyName, key],
      [valueName, value],
    ],
    dialect,
  )
}

/**
 * A map of a list's structs `key` and `value`, in the order of their keys. The last entry of a key
 * counts. An entry without a key is left out.
 */
export function mapOfSql(list: string, dialect: DialectName): string {
  const [key, value] = [fieldSql('e', 'key', dialect), fieldSql('e', 'value', dialect)]
  const [numbered, entry] = [
    structSql(
      [
        ['k', key],
        ['n', '-i'],
        ['v', value],
      ],
      dialect,
    ),
    entrySql(['e.k', 'e.v'], dialect),
  ]
  if (dialect === 'duckdb') {
    const sorted = `list_sort(list_transform(${list}, lambda e, i: ${numbered}))`
    const last = 'list_filter(s, lambda e, i: e.k IS NOT NULL AND (i = 1 OR s[i - 1].k <> e.k))'
    const entries = `list_transform(${last}, lambda e: ${entry})`
    return `map_from_entries(list_transform([${sorted}], lambda s: ${entries})[1])`
  }
  const sorted = `array_sort(transform(${list}, (e, i) -> ${numbered}))`
  const last = 'filter(s, (e, i) -> e.k IS NOT NULL AND (i = 0 OR get(s, i - 1).k <> e.k))'
  return `transform(array(${sorted}), s -> transform(${last}, e -> ${entry}))[0]`
}

/** The value of a key; null if the map does not have it. */
export function valueOfSql(map: string, key: string, dialect: DialectName): string {
  if (dialect === 'duckdb') return `map_extract_value(${map}, ${key})`
  const entry = fresh(`${map} ${key}`)
  return valueSql(`get(filter(${map}, ${entry} -> ${keySql(entry, dialect)} = ${key}), 0)`, dialect)
}

/** Whether the map has the key. */
export function hasKeySql(map: string, key: string, dialect: DialectName): string {
  if (dialect === 'duckdb') return `map_contains(${map}, ${key})`
  const entry = fresh(`${map} ${key}`)
  const has = `exists(${map}, ${entry} -> ${keySql(entry, dialect)} = ${key})`
  return `CASE WHEN ${map} IS NOT NULL AND ${key} IS NOT NULL THEN ${has} END`
}

/** A list of the results of `body` for each element; null if the list is null. */
function eachSql(list: string, dialect: DialectName, body: (element: string) => string): string {
  const element = fresh(list)
  return dialect === 'duckdb'
    ? `list_transform(${list}, lambda ${element}: ${body(element)})`
    : `transform(${list}, ${element} -> ${body(element)})`
}

/** A name for an element that does not occur in the list's own SQL. */
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
 * The value with 0.0 for each -0.0 in it. Some parts of the engines distinguish the two, such as
 * the Bloom filters of files.
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
    case 'map': {
      const entries = eachEntrySql(value, dialect, (key, part) =>
        entrySql([key, unsignedSql(part, type.value, dialect)], dialect),
      )
      return dialect === 'duckdb' ? `map_from_entries(${entries})` : entries
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
    case 'map':
      return hasDouble(type.value)
    default:
      return type.kind === 'double'
  }
}

/**
 * The expression to hash, so that different values have different hashes. Engines leave null out of
 * the hash of a nested value, and give a list the same hash as its leaves.
 */
export function partsToHash(value: string, type: ValueType, dialect: DialectName): readonly string[] {
  switch (type.kind) {
    case 'array':
      return arrayParts(value, type, dialect)
    case 'struct':
      return structParts(value, type, dialect)
    case 'map':
      return mapParts(value, type, dialect)
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

function mapParts(value: string, { value: type }: MapType, dialect: DialectName): readonly string[] {
  const size = `CASE WHEN ${value} IS NULL THEN -1 ELSE ${SIZE[dialect]}(${entriesSql(value, dialect)}) END`
  const hashed = eachEntrySql(
    value,
    dialect,
    (key, part) => `${HASH[dialect]}(${key}, ${partOfNested(part, type, dialect)})`,
  )
  return [size, hashed]
}

function structParts(value: string, { fields }: StructType, dialect: DialectName): readonly string[] {
  const parts = fields.map((field) => partOfNested(fieldSql(value, field.name, dialect), field.type, dialect))
  return [`${value} IS NULL`, ...parts]
}

const partOfNested = (value: string, type: ValueType, dialect: DialectName): string =>
  [`${value} IS NULL`, ...partsToHash(value, type, dialect)].join(', ')

/**
 * The expression to sort by, so that engines agree: arrays by their elements one after another,
 * shorter ones first, structs by their fields, maps by their entries, and null after all values.
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
    case 'map':
      return eachEntrySql(value, dialect, (key, part) =>
        structSql([['k', key], ...nullsLast(part, type.value, ['n', 'v'], dialect)], dialect),
      )
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
 * Whether every part of the value that must not be null has a value; undefined if all of its parts
 * can be null. The value itself is not null.
 */
export function partsPresentSql(value: string, type: ValueType, dialect: DialectName): string | undefined {
  switch (type.kind) {
    case 'array':
      return everySql(value, dialect, (element) =>
        presentSql(element, { type: type.element, nullable: type.nullable }, dialect),
      )
    case 'map':
      return everySql(entriesSql(value, dialect), dialect, (entry) =>
        presentSql(valueSql(entry, dialect), { type: type.value, nullable: type.nullable }, dialect),
      )
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

/** Whether the condition holds for each element; undefined if there is no condition. */
function everySql(
  list: string,
  dialect: DialectName,
  condition: (element: string) => string | undefined,
): string | undefined {
  const element = fresh(list)
  const holds = condition(element)
  if (holds === undefined) return undefined
  return dialect === 'duckdb'
    ? `len(list_filter(${list}, lambda ${element}: (${holds}) IS NOT TRUE)) = 0`
    : `forall(${list}, ${element} -> ${holds})`
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
