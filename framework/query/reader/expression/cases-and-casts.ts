/** Reads CASE and CAST. */
import { type CaseNode, type CastNode, DataTypeNode, RawNode } from 'kysely'
import { unify } from '../../../expression/convert.ts'
import type { Branch, Expression } from '../../../expression/expression.ts'
import { nullOf } from '../../../expression/literal.ts'
import { TEXT } from '../../../expression/value-type.ts'
import { QueryProblem } from '../query-problem.ts'
import { constant, EXPLICIT_CONVERSIONS, remedyFor } from './constants.ts'
import { comparison } from './operators.ts'
import { asCondition, type PartReader } from './part-reader.ts'

/** The conversion for each SQL type of a cast. */
const CONVERSION_OF: ReadonlyMap<string, string> = new Map([
  ...['integer', 'int', 'int4'].map((name) => [name, 'to_int'] as const),
  ...['bigint', 'int8'].map((name) => [name, 'to_bigint'] as const),
  ...['double precision', 'double', 'float8'].map((name) => [name, 'to_double'] as const),
  ...['text', 'varchar', 'string'].map((name) => [name, 'to_text'] as const),
  ...['numeric', 'decimal'].map((name) => [name, 'to_decimal'] as const),
  ...['timestamp', 'timestamptz'].map((name) => [name, 'to_timestamp'] as const),
  ['date', 'to_date'],
])

/** Reads CASE and CAST. */
export function readCase(reader: PartReader, { value, when = [], else: otherwise }: CaseNode): Expression {
  const compared = value && reader.read(value)
  const read = when.map(({ condition, result }): Branch => {
    const test = reader.read(condition)
    return {
      when: compared ? comparison(reader, '=', compared, test) : asCondition(test, reader.scope),
      result: result ? reader.read(result) : nullOf(TEXT),
    }
  })
  const results = [...read.map(({ result }) => result), otherwise ? reader.read(otherwise) : nullOf(TEXT)]
  const unified = unify(results)
  if (!unified) {
    const types = results.map((result) => `${reader.scope.describe(result)} (${result.type.kind})`)
    throw new QueryProblem(`the results of a CASE have no common type: ${types.join(', ')}`, remedyFor(results))
  }
  const last = unified.at(-1) ?? nullOf(TEXT)
  return {
    kind: 'case',
    branches: read.map((branch, index) => ({ ...branch, result: unified[index] ?? branch.result })),
    otherwise: last,
    type: last.type,
    nullable: unified.some(({ nullable }) => nullable),
  }
}

export function readCast(reader: PartReader, { expression, dataType }: CastNode): Expression {
  const written = DataTypeNode.is(dataType)
    ? dataType.dataType
    : RawNode.is(dataType)
      ? dataType.sqlFragments.join()
      : ''
  const [, name = '', precision, scale] = /^([a-z0-9 ]+?)(?:\((\d+)(?:,\s*(\d+))?\))?$/i.exec(String(written)) ?? []
  const conversion = CONVERSION_OF.get(name.toLowerCase())
  if (conversion === undefined) {
    throw new QueryProblem(`a cast to ${String(written)} does not mean the same on every engine`, EXPLICIT_CONVERSIONS)
  }
  const digits = conversion === 'to_decimal' ? [constant(Number(precision ?? 18)), constant(Number(scale ?? 0))] : []
  return reader.call(conversion, [reader.read(expression), ...digits])
}
