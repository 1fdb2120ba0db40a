import {
  AliasNode,
  CommonTableExpressionNode,
  IdentifierNode,
  type OperationNode,
  ParensNode,
  ReferenceNode,
  SelectAllNode,
  SelectionNode,
  SelectQueryNode,
  type SetOperationNode,
  TableNode,
  type WithNode,
} from 'kysely'
import * as scopes from './name-scope.ts'
import type { FromItem, Output, Outputs, Scope } from './name-scope.ts'
import { existsQuery, givesOneValue, isDistinct, isSumOfParts, mayBePosition, nodesIn, partsOf } from './tree-nodes.ts'
import type { QueryTree } from './query.ts'

/** The names of a table's columns, in their order, by the table's name. */
export type TableColumns = ReadonlyMap<string, readonly string[]>

/**
 * Of each upstream the columns on whose values the query's rows may depend; surely none but those. That rows count is left aside:
 * `count(*)` reads no column. Values count that reach the result, or decide which rows there are, how they are grouped, ranked or
 * cut off: not the columns of a subquery that nothing outside of it names. Where the tree has something that cannot be followed
 * (raw SQL, a name from nowhere) it is every column of every upstream.
 */
export function columnsRead(tree: QueryTree, upstreams: TableColumns): TableColumns {
  const read = new Map([...upstreams.keys()].map((alias) => [alias, new Set<string>()]))
  const tables = new Map([...upstreams].map(([alias, names]) => [scopes.foldName(alias), upstream(names, read.get(alias))]))
  const readEverything = () => [...tables.values()].forEach(readAll)
  readAll(openQuery(tree, { tables, from: [], outputs: [], outer: undefined, readEverything }))
  return new Map([...upstreams].map(([alias, names]) => [alias, names.filter((name) => read.get(alias)?.has(name))]))
}
