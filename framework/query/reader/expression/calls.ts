/** Reads calls of functions. */
import { AggregateFunctionNode, type FunctionNode, type OperationNode } from 'kysely'
import type { Expression } from '../../../expression/expression.ts'
import { type LakeFunction, namedInQueries } from '../../../expression/function.ts'
import { typeNamed } from '../../../expression/value-type.ts'
import { PREFIX, RAW_SQL } from '../../builder/function-names.ts'
import { functionFor } from '../function-names.ts'
import { QueryProblem } from '../query-problem.ts'
import { readAggregate, readFramed } from './aggregates.ts'
import { constantOf } from './constants.ts'
import { comparableSides } from './operators.ts'
import type { PartReader } from './part-reader.ts'

/** Functions that compare their arguments with each other. */
const COMPARED: ReadonlySet<string> = new Set(['null_if'])

/** Reads calls of functions, aggregates and windows. */
export function readFunction(reader: PartReader, node: FunctionNode): Expression {
  const { func } = node
  if (func === RAW_SQL) return rawSql(reader, node.arguments)
  if (func === `${PREFIX}frame`) return readFramed(reader, node.arguments)
  const called = functionFor(func)
  switch (called.kind) {
    case 'scalar':
    case 'operator':
      return scalarCall(reader, called, node.arguments)
    case 'aggregate':
      return readAggregate(reader, AggregateFunctionNode.create(func, node.arguments))
    case 'series':
      throw new QueryProblem(
        `${namedInQueries(called)} gives rows, and no value for an expression`,
        `make it an output of its own, ${namedInQueries(called)}(...).as('name'), and compute with it in the query around that one`,
      )
    case 'window':
      throw new QueryProblem(
        `${namedInQueries(called)} needs a window`,
        `write .over(...) after ${namedInQueries(called)}(...)`,
      )
  }
}

function scalarCall(reader: PartReader, called: LakeFunction, args: readonly OperationNode[]): Expression {
  const read = args.map((argument) => reader.read(argument))
  const given = COMPARED.has(called.name) ? comparableSides(reader, read) : read
  return { kind: 'call', name: called.name, ...reader.checked(called, given) }
}

function rawSql(reader: PartReader, [duckdb, spark, type, nullable, ...args]: readonly OperationNode[]): Expression {
  const named = typeNamed(String(constantOf(type)))
  if (!named) throw new QueryProblem(`fn.sqlFor names the type ${String(constantOf(type))}`, 'give one of lake’s types')
  return {
    kind: 'raw',
    texts: { duckdb: String(constantOf(duckdb)), spark: String(constantOf(spark)) },
    args: args.map((argument) => reader.read(argument)),
    type: named,
    nullable: constantOf(nullable) !== false,
  }
}
