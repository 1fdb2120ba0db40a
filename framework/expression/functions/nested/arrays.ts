/** Functions of arrays. Positions count from 1. */
import { refused } from '../../../refusal.ts'
import { constantText } from '../../constant.ts'
import { convert } from '../../convert.ts'
import type { Expression } from '../../expression.ts'
import { type Parameter, type ResultType, type ScalarFunction, scalar } from '../../function.ts'
import {
  ANY_KIND,
  type ArrayType,
  arrayOf,
  commonType,
  EVERY_KIND,
  INT,
  INTEGERS,
  isNested,
  isSameType,
  TEXT,
  typeName,
  type ValueType,
} from '../../value-type.ts'
import { clamped, MAX_INT } from '../sql-fragments.ts'
import { charactersTaken } from '../text/texts.ts'
import { unsignedSql } from './nested-sql.ts'

export const arrayParameter = (name = 'array'): Parameter => ({ name, kinds: ['array'] })

/** The type of a call over an array's elements, which is refused for null. */
export const ofArray =
  (result: (array: ArrayType, args: readonly Expression[]) => ResultType) =>
  (args: readonly Expression[]): ResultType => {
    const [array] = args
    return array?.type.kind === 'array'
      ? result(array.type, args)
      : refused('null where an array is needed', 'give a column or an expression that is an array')
  }

/** The type of a call that compares an array's elements, which is refused for nested elements. */
const ofComparable = (result: (array: ArrayType, args: readonly Expression[]) => ResultType) =>
  ofArray((array, args) =>
    isNested(array.element)
      ? refused(`it compares elements that are ${array.element.kind}s`, 'compare their parts: fn.unnest, fn.field')
      : result(array, args),
  )

/** Converts the value that is searched for to the type of the elements, if that is wide enough. */
function asElement([array, value]: readonly Expression[]): readonly Expression[] {
  if (!array || !value) return []
  const element = array.type.kind === 'array' ? convert(value, array.type.element) : undefined
  return [array, element ?? value]
}

const joinedType = (types: readonly ValueType[]): ValueType | undefined =>
  types.slice(1).reduce<ValueType | undefined>((type, other) => type && commonType(type, other), types[0])

/** Characters of a separator that a regular expression of Java reads as themselves. */
const quotedForJava = (separator: string): string => separator.replace(/[!-/:-@[-`{-~]/g, String.raw`\$&`)

export const ARRAYS: readonly ScalarFunction[] = [
  scalar('array', [{ name: 'elements', kinds: ANY_KIND, rest: true, common: true }], {
    result: (args) =>
      arrayOf(
        joinedType(args.map(({ type }) => type)) ?? TEXT,
        args.some(({ nullable }) => nullable),
      ),
    nulls: 'never',
    meaning: 'An array of the arguments.',
    sql: { duckdb: 'list_value($*)', spark: 'array($*)' },
  }),
  scalar('array_length', [arrayParameter()], {
    result: INT,
    meaning: 'The number of elements, nulls included.',
    sql: { duckdb: 'CAST(len($1) AS INTEGER)', spark: 'array_size($1)' },
  }),
  scalar('element', [arrayParameter(), { name: 'position', kinds: INTEGERS }], {
    result: ofArray(({ element }) => element),
    nulls: 'always',
    meaning: 'The element at the position, from 1; null if the array has no such position.',
    sql: {
      duckdb: ([array, position]) => `CASE WHEN ${position} >= 1 THEN list_extract(${array}, ${position}) END`,
      spark: ([array, position = '']) => `get(${array}, ${clamped(position, 0, MAX_INT)} - 1)`,
    },
  }),
  scalar('array_contains', [arrayParameter(), { name: 'value', kinds: EVERY_KIND }], {
    adapt: asElement,
    result: ofComparable(({ element }, [, value]) =>
      value && isSameType(value.type, element)
        ? { kind: 'boolean' }
        : refused(
            `fn.arrayContains looks for ${value ? typeName(value.type) : 'nothing'} in an array of ${typeName(element)}`,
            'convert the value with fn.to...()',
          ),
    ),
    meaning: 'Whether an element equals the value. An element that is null equals nothing. NaN equals itself.',
    sql: {
      duckdb: 'list_contains($1, $2)',
      spark: 'CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN coalesce(array_contains($1, $2), false) END',
    },
  }),
  scalar('array_distinct', [arrayParameter()], {
    result: ofComparable((array) => array),
    meaning:
      'The different elements, in the order in which each first occurs. Null is one of them. DuckDB compares each element with those before it.',
    sql: {
      duckdb: 'list_filter($1, lambda e, i: list_position($1, e) = i)',
      // Spark 3.5 distinguishes 0.0 and -0.0 here.
      spark: ([array = ''], [type]) => `array_distinct(${type ? unsignedSql(array, type, 'spark') : array})`,
    },
  }),
  scalar('array_sort', [arrayParameter()], {
    result: ofComparable((array) => array),
    meaning: 'The elements in ascending order, as `<` compares them, and nulls last.',
    sql: { duckdb: "list_sort($1, 'ASC', 'NULLS LAST')", spark: 'array_sort($1)' },
  }),
  scalar('array_concat', [{ name: 'arrays', kinds: ['array'], rest: true, common: true }], {
    result: ofArray((array) => array),
    meaning: 'The elements of the arrays one after another; null if one of the arrays is null.',
    sql: { duckdb: (args) => `(${args.join(' || ')})`, spark: 'concat($*)' },
  }),
  scalar('array_slice', [arrayParameter(), { name: 'start', kinds: INTEGERS }, { name: 'length', kinds: INTEGERS }], {
    result: ofArray((array) => array),
    meaning:
      'The elements from `start`, up to `length` of them. As in fn.substring, positions before the first count and hold nothing, and a negative length is 0.',
    sql: {
      duckdb: ([array, start = '', length = '']) => {
        const first = clamped(start, 1, MAX_INT)
        const last = `CAST(${first} AS BIGINT) + ${charactersTaken(start, length)} - 1`
        return `list_slice(${array}, ${first}, ${last})`
      },
      // Spark 4.1 gives nothing if the sum of start and length is no INT. `least` skips nulls.
      spark: ([array, start = '', length = '']) => {
        const first = `least(${clamped(start, 1, MAX_INT)}, array_size(${array}) + 1)`
        const slice = `slice(${array}, ${first}, least(${charactersTaken(start, length)}, array_size(${array})))`
        return `CASE WHEN ${start} IS NOT NULL AND ${length} IS NOT NULL THEN ${slice} END`
      },
    },
  }),
  scalar('array_join', [arrayParameter(), { name: 'separator', kinds: ['text'], constant: true }], {
    result: ofArray(({ element }) =>
      element.kind === 'text'
        ? TEXT
        : refused(`fn.arrayJoin joins texts, not ${typeName(element)}`, 'make the elements texts first'),
    ),
    meaning: 'The texts that are not null, with the separator between them; empty if there are none.',
    sql: {
      duckdb: "CASE WHEN $1 IS NOT NULL THEN coalesce(array_to_string($1, $2), '') END",
      spark: 'array_join($1, $2)',
    },
  }),
  scalar(
    'split',
    [
      { name: 'text', kinds: ['text'] },
      { name: 'separator', kinds: ['text'], constant: true },
    ],
    {
      result: ([, separator]) =>
        constantText(separator) === ''
          ? refused('an empty separator', 'give the text that separates the parts')
          : arrayOf(TEXT, false),
      meaning: 'The parts of the text between separators; one part if the separator is not in the text.',
      sql: {
        duckdb: 'string_split($1, $2)',
        spark: ([text], _, { given, dialect }) =>
          `split(${text}, ${dialect.text(quotedForJava(constantText(given[1]) ?? ''))}, -1)`,
      },
    },
  ),
]
