/** Reads constants, and names the conversions to write where types do not match. */
import { type OperationNode, type RawNode, ValueNode } from 'kysely'
import type { Expression } from '../../../expression/expression.ts'
import { literalOf } from '../../../expression/literal.ts'
import { QueryProblem } from '../query-problem.ts'

export function constant(value: unknown): Expression {
  const read = literalOf(value)
  if (!read)
    throw new QueryProblem(
      `a query cannot hold the value ${String(value)}`,
      'give text, a number, a bigint, a boolean, a Date or a Uint8Array',
    )
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new QueryProblem(`a query cannot hold the number ${value}`, "write fn.toDouble('nan') or fn.toDouble('inf')")
  }
  return read
}

/** The value of a constant; undefined for other nodes. */
export const constantOf = (node: OperationNode | undefined): unknown =>
  node && ValueNode.is(node) ? node.value : undefined

/** Refuses raw SQL of the author. */
export function refuseRawSql(node: RawNode): never {
  const text = node.sqlFragments.join('?').trim()
  throw new QueryProblem(`it has raw SQL, ${JSON.stringify(text.slice(0, 60))}`, SQL_FOR)
}

/** The remedy for types that do not match. */
export function remedyFor(sides: readonly Expression[]): string {
  const kinds = new Set(sides.filter((side) => side.kind !== 'literal').map(({ type }) => type.kind))
  if (kinds.has('date')) return "write a date as 'yyyy-mm-dd', or fn.toDate(x)"
  if (kinds.has('timestamp')) return "write a moment as a Date or '2018-11-01T00:00:00Z'"
  if (kinds.has('decimal')) return 'write a number, or its digits; fn.toDecimal(x, precision, scale) reads text'
  if (kinds.has('binary')) return 'write bytes as a Uint8Array'
  if (kinds.has('text')) return 'write text, or fn.toText(x)'
  return EXPLICIT_CONVERSIONS
}

export const SQL_FOR = 'write fn.sqlFor({ duckdb, spark }, ...), a text for each engine'
export const EXPLICIT_CONVERSIONS =
  'write fn.toInt, fn.toBigint, fn.toDecimal, fn.toDouble, fn.toText, fn.toDate or fn.toTimestamp'
