/** Functions that build maps, and return their parts. */
import { Buffer } from 'node:buffer'
import { refused } from '../../../refusal.ts'
import { constantText } from '../../constant.ts'
import { convert, unify } from '../../convert.ts'
import type { Expression } from '../../expression.ts'
import { type Parameter, type ResultType, type ScalarFunction, scalar } from '../../function.ts'
import {
  ANY_KIND,
  arrayOf,
  entryType,
  INT,
  isKey,
  isSameType,
  KEY_KINDS,
  type MapType,
  typeName,
} from '../../value-type.ts'
import { ofArray } from './arrays.ts'
import { eachEntrySql, hasKeySql, mapOfSql, mapSql, structSql, valueOfSql } from './nested-sql.ts'

const MAP: Parameter = { name: 'map', kinds: ['map'] }
const KEY: Parameter = { name: 'key', kinds: KEY_KINDS }

/** The type of a call over a map, which is refused for null. */
const ofMap =
  (result: (map: MapType, args: readonly Expression[]) => ResultType) =>
  (args: readonly Expression[]): ResultType =>
    args[0]?.type.kind === 'map'
      ? result(args[0].type, args)
      : refused('null where a map is needed', 'give a column or an expression that is a map')

/** The type of a call that looks for a key of a map, which is refused for a key of another type. */
const ofKey = (result: (map: MapType) => ResultType) =>
  ofMap((map, [, key]) =>
    key && isSameType(key.type, map.key)
      ? result(map)
      : refused(
          `the keys of the map are ${map.key.kind}, not ${key ? typeName(key.type) : 'null'}`,
          'convert the key with fn.to...()',
        ),
  )

/** Converts the key that is looked for to the type of the map's keys, if that is wide enough. */
function asKey([map, key]: readonly Expression[]): readonly Expression[] {
  if (!map || !key) return []
  const converted = map.type.kind === 'map' ? convert(key, map.type.key) : undefined
  return [map, converted ?? key]
}

const isValue = (_: Expression, index: number): boolean => index % 2 === 1

/** Converts the values of `fn.map`, whose arguments are keys and values in turn, to one type. */
function withOneType(args: readonly Expression[]): readonly Expression[] {
  const values = unify(args.filter(isValue))
  return values ? args.map((argument, index) => values[(index - 1) / 2] ?? argument) : args
}

function builtType(args: readonly Expression[]): ResultType {
  const values = args.filter(isValue)
  const [first] = values
  if (!first || !values.every(({ type }) => isSameType(type, first.type))) {
    const types = values.map(({ type }) => typeName(type)).join(', ')
    return refused(`the values of a map have one type, but these are ${types}`, 'convert them with fn.to...()')
  }
  return { kind: 'map', key: { kind: 'text' }, value: first.type, nullable: values.some(({ nullable }) => nullable) }
}

const inOrder = ([left]: readonly [string, string], [right]: readonly [string, string]): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right))

const fromEntriesType = ofArray(({ element, nullable }) => {
  const fields = element.kind === 'struct' ? element.fields : []
  const [key, value] = ['key', 'value'].map((name) => fields.find((field) => field.name === name))
  if (!key || !value || fields.length > 2) {
    return refused(
      `fn.mapFromEntries takes structs of key and value, not ${typeName(element)}`,
      'build them: fn.struct({ key, value })',
    )
  }
  if (!isKey(key.type))
    return refused(`a map has no keys of ${typeName(key.type)}`, `give keys of ${KEY_KINDS.join(', ')}`)
  if (nullable || key.nullable)
    return refused('an entry or its key can be null', "give keys that are not: fn.coalesce(key, '')")
  return { kind: 'map', key: key.type, value: value.type, nullable: value.nullable }
})

export const MAPS: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'map',
    parameters: [
      { name: 'key', kinds: ['text'], constant: true },
      { name: 'value', kinds: ANY_KIND, rest: true },
    ],
    adapt: withOneType,
    result: builtType,
    nulls: 'never',
    meaning: 'A map of these texts to values of one type: `fn.map({ key: value, ... })`.',
    sql: (args, _, { given, dialect }) => {
      const entries = given.flatMap((key, index) => {
        const [text, value] = [constantText(key), args[index + 1]]
        return isValue(key, index) || text === undefined || value === undefined ? [] : [[text, value] as const]
      })
      return mapSql(
        entries.toSorted(inOrder).map(([key, value]) => [`(${dialect.text(key)})`, value]),
        dialect.name,
      )
    },
  },
  scalar('map_from_entries', [{ name: 'entries', kinds: ['array'] }], {
    result: fromEntriesType,
    meaning:
      'A map of an array of structs `key` and `value`. The keys are text, int, bigint or date, and cannot be null. The last entry of a key counts, as in JSON. Take `fn.list(fn.struct({ key, value }))` for a map of a group.',
    sql: ([entries = ''], _, { dialect }) => mapOfSql(entries, dialect.name),
  }),
  scalar('map_entries', [MAP], {
    result: ofMap((map) => arrayOf(entryType(map), false)),
    meaning:
      'The entries as an array of structs `key` and `value`, in the order of their keys. `fn.unnest` gives a row for each.',
    sql: ([map = ''], _, { dialect: { name } }) =>
      eachEntrySql(map, name, (key, value) => structSql(Object.entries({ key, value }), name)),
  }),
  scalar('map_keys', [MAP], {
    result: ofMap(({ key }) => arrayOf(key, false)),
    meaning: 'The keys, in their order: `<` compares them.',
    sql: ([map = ''], _, { dialect }) => eachEntrySql(map, dialect.name, (key) => key),
  }),
  scalar('map_values', [MAP], {
    result: ofMap(({ value, nullable }) => arrayOf(value, nullable)),
    meaning: 'The values, in the order of their keys.',
    sql: ([map = ''], _, { dialect }) => eachEntrySql(map, dialect.name, (_key, value) => value),
  }),
  scalar('map_length', [MAP], {
    result: INT,
    meaning: 'The number of entries, those with null included.',
    sql: { duckdb: 'CAST(cardinality($1) AS INTEGER)', spark: 'array_size($1)' },
  }),
  scalar('map_element', [MAP, KEY], {
    adapt: asKey,
    result: ofKey(({ value }) => value),
    nulls: 'always',
    meaning: 'The value of the key; null if the map does not have the key, or has null for it.',
    sql: ([map = '', key = ''], _, { dialect }) => valueOfSql(map, key, dialect.name),
  }),
  scalar('map_contains', [MAP, KEY], {
    adapt: asKey,
    result: ofKey(() => ({ kind: 'boolean' })),
    meaning: 'Whether the map has the key, with any value, also null.',
    sql: ([map = '', key = ''], _, { dialect }) => hasKeySql(map, key, dialect.name),
  }),
]
