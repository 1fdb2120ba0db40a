/** Parses a value of a line by its column's type and refinements. */
import type { ColumnType } from '../../declare/columns.ts'
import type { LineRefinement } from '../../declare/line-refinements.ts'
import { searcher } from '../../pattern/search.ts'
import type { ValueRules } from './line-columns.ts'
import { microsecondsOf, unexpected, type ValueParser, valueParser } from './parse-value.ts'

/** Like `valueParser`, but also refuses a value that violates a refinement. */
export function columnParser(column: ValueRules): ValueParser {
  const read = valueParser(column.type, column.format)
  const rules = column.refinements.map((refinement) => ({
    expected: refinement.expected,
    holds: holdsFor(refinement, column.type),
  }))
  if (rules.length === 0) return read
  return (source) => {
    const value = read(source)
    if ('wrong' in value) return value
    const violated = rules.find(({ holds }) => !holds(value.json))
    return violated ? unexpected(violated.expected, source) : value
  }
}

/** Whether a value fulfills a refinement. `json` is a result of `valueParser`. */
type Holds = (json: string) => boolean

function holdsFor(refinement: LineRefinement, { kind }: ColumnType): Holds {
  switch (refinement.kind) {
    case 'bound': {
      const bound = numberOf(refinement.value)
      const compare = COMPARISONS[refinement.operator]
      return (json) => compare(comparable(kind, json), bound)
    }
    case 'length': {
      const compare = COMPARISONS[refinement.operator]
      const length = Number(refinement.value)
      return (json) => compare(charactersOf(JSON.parse(json)), length)
    }
    case 'multiple-of':
      return multipleOf(refinement.value, kind)
    case 'pattern': {
      const finds = searcher(refinement.pattern)
      return (json) => finds(JSON.parse(json))
    }
    case 'one-of': {
      const values = new Set(refinement.values)
      return (json) => values.has(JSON.parse(json))
    }
  }
}

type Comparable = number | bigint

// JavaScript compares a number with a bigint exactly.
const COMPARISONS: Readonly<Record<'>' | '>=' | '<' | '<=' | '=', (left: Comparable, right: Comparable) => boolean>> = {
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '=': (left, right) => left >= right && left <= right,
}

function comparable(kind: ColumnType['kind'], json: string): Comparable {
  if (kind === 'timestamp') return microsecondsOf(JSON.parse(json))
  return kind === 'double' ? doubleOf(json) : numberOf(json)
}

/** A special number is text in JSON. */
const doubleOf = (json: string): number => Number(JSON.parse(json))

function numberOf(text: string): Comparable {
  return /^-?\d+$/.test(text) ? BigInt(text) : Number(text)
}

function multipleOf(text: string, kind: ColumnType['kind']): Holds {
  const divisor = numberOf(text)
  if (typeof divisor === 'number' || kind === 'double') return (json) => doubleOf(json) % Number(text) === 0
  return (json) => divisor !== 0n && BigInt(json) % divisor === 0n
}

/** The number of code points, which is what engines count. */
function charactersOf(text: string): number {
  let characters = 0
  for (const _ of text) characters++
  return characters
}
