import {
  AliasNode,
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
import {
  columnsNamed,
  columnsOf,
  type FromItem,
  foldName,
  innerScope,
  named,
  type Output,
  type Outputs,
  outputsOf,
  type Scope,
  withOutputs,
  withoutOutput,
} from './name-scope.ts'
import { existsQuery, givesOneValue, isDistinct, isSumOfParts, mayBePosition, nodesIn, partsOf } from './tree-nodes.ts'

/**
 * Reads all that decides which rows the query gives; what its outputs read is left until they are read. Scopes fill up in the
 * order FROM, outputs, other clauses: each may name what comes before it.
 */
export function openQuery(node: OperationNode, outer: Scope): Outputs {
  if (ParensNode.is(node)) return openQuery(node.node, outer)
  if (!SelectQueryNode.is(node)) return notUnderstood(outer)
  const { with: queries, from, joins = [], selections = [], setOperations = [], ...clauses } = node
  const around = withQueries(queries, outer)
  const scope = innerScope(around)
  const tables = [...(from?.froms ?? []), ...joins.map(({ table }) => table)]
  for (const table of tables) scope.from.push(fromItem(table, scope))
  const first = selections.flatMap((selection) => selected(selection.selection, scope))
  scope.outputs.push(...combined(first, setOperations, around))
  if (node.distinctOn) readAll(scope.outputs)
  const inClauses = withOutputs(scope)
  const conditions = joins.flatMap(({ on }) => on ?? [])
  for (const clause of [...conditions, ...nodesIn(clauses)]) readExpression(clause, inClauses)
  return scope.outputs
}

export function readAll(outputs: Outputs): void {
  for (const output of outputs) output.read()
}

/** Nothing is known of what the node gives, so nothing can be found by name in it either. */
function notUnderstood(scope: Scope): Outputs {
  scope.readEverything()
  return []
}

function withQueries(queries: WithNode | undefined, outer: Scope): Scope {
  const scope = innerScope(outer)
  if (queries?.recursive) scope.readEverything()
  for (const query of queries?.expressions ?? []) {
    const { table, columns = [] } = query.name
    const outputs = openQuery(query.expression, scope).map((output, index) => ({
      name: columns[index]?.column.name ?? output.name,
      read: output.read,
    }))
    scope.tables.set(foldName(table.table.identifier.name), outputs)
  }
  return scope
}

function fromItem(node: OperationNode, scope: Scope): FromItem {
  if (AliasNode.is(node) && IdentifierNode.is(node.alias)) {
    return { alias: node.alias.name, outputs: fromItem(node.node, scope).outputs }
  }
  if (!TableNode.is(node)) return { alias: '', outputs: openQuery(node, scope) }
  const { schema, identifier } = node.table
  const outputs = schema ? undefined : scope.tables.get(foldName(identifier.name))
  return { alias: identifier.name, outputs: outputs ?? notUnderstood(scope) }
}

function selected(node: OperationNode, scope: Scope): Outputs {
  if (SelectAllNode.is(node)) return outputsOf(scope.from)
  if (ReferenceNode.is(node)) {
    return SelectAllNode.is(node.column) ? referenced(node, scope) : [lazy(node.column.column.name, node, scope)]
  }
  if (!AliasNode.is(node) || !IdentifierNode.is(node.alias)) return notUnderstood(scope)
  const output = lazy(node.alias.name, node.node, scope)
  if (!givesOneValue(node.node)) output.read()
  return [output]
}

/** Outputs may name each other, so each is read once. */
function lazy(name: string, expression: OperationNode, scope: Scope): Output {
  let isRead = false
  const read = () => {
    if (isRead) return
    isRead = true
    readExpression(expression, withoutOutput(name, scope))
  }
  return { name, read }
}

/** Columns of set operations are matched by position; all but UNION ALL compare whole rows. */
function combined(first: Outputs, operations: readonly SetOperationNode[], scope: Scope): Outputs {
  if (operations.length === 0) return first
  const branches = [first, ...operations.map(({ expression }) => openQuery(expression, scope))]
  if (operations.some(({ operator, all }) => operator !== 'union' || !all)) branches.forEach(readAll)
  return first.map(({ name }, position) => ({
    name,
    read: () => readAll(branches.flatMap((branch) => branch[position] ?? notUnderstood(scope))),
  }))
}

function readExpression(node: OperationNode, scope: Scope): void {
  const exists = existsQuery(node)
  if (exists) openQuery(exists, scope)
  else if (SelectQueryNode.is(node)) readAll(openQuery(node, scope))
  else if (SelectionNode.is(node)) readAll(selected(node.selection, scope))
  else if (ReferenceNode.is(node)) readAll(referenced(node, scope))
  else if (isDistinct(node)) readAll(scope.outputs)
  else if (isSumOfParts(node)) {
    if (mayBePosition(node)) readAll(scope.outputs)
    for (const part of partsOf(node)) readExpression(part, scope)
  } else scope.readEverything()
}

function referenced(node: ReferenceNode, scope: Scope): Outputs {
  const found = node.table ? referencedIn(node.table, node.column, scope) : referencedAnywhere(node.column, scope)
  return found.length > 0 ? found : notUnderstood(scope)
}

function referencedIn({ table }: TableNode, column: ReferenceNode['column'], scope: Scope): Outputs {
  const columns = table.schema ? [] : columnsOf(table.identifier.name, scope)
  return SelectAllNode.is(column) ? columns : named(column.column.name, columns)
}

const referencedAnywhere = (column: ReferenceNode['column'], scope: Scope): Outputs =>
  SelectAllNode.is(column) ? outputsOf(scope.from) : columnsNamed(column.column.name, scope)
