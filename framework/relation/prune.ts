/** Prunes columns: drops the columns of a relation that nothing needs. */
import { type ColumnId, referencesIn } from '../expression/expression.ts'
import { emptyAs, passed, project, unionAll, window } from './build.ts'
import { columnAt } from './columns.ts'
import { columnsOf, type Output, type Relation, type Scan, sourcesOfValues } from './relation.ts'

/**
 * The same rows, with only the columns that are needed or that decide which rows the relation has.
 */
export function pruned(relation: Relation, needed: ReadonlySet<ColumnId>): Relation {
  const isNeeded = ({ id }: { readonly id: ColumnId }) => needed.has(id)
  switch (relation.kind) {
    case 'scan':
      return prunedScan(relation, needed)
    case 'staged':
      return relation
    case 'empty':
      return emptyAs(relation)
    case 'filter':
      return { ...relation, input: pruned(relation.input, plus(needed, referencesIn(relation.predicate))) }
    case 'project': {
      const outputs = relation.outputs.filter(isNeeded)
      const kept = outputs.length > 0 ? outputs : relation.outputs.slice(0, 1)
      return { ...relation, outputs: kept, input: pruned(relation.input, referencesOf(kept)) }
    }
    case 'expand': {
      const { id, values } = relation
      const both = plus(needed, sourcesOfValues(values))
      const input = pruned(relation.input, new Set([...both].filter((column) => column !== id)))
      return { ...relation, input }
    }
    case 'join': {
      const both = plus(needed, relation.on ? referencesIn(relation.on) : [])
      return { ...relation, left: pruned(relation.left, both), right: pruned(relation.right, both) }
    }
    case 'semi-join':
    case 'anti-join': {
      const matched = relation.on.flatMap((match) =>
        match.kind === 'condition' ? referencesIn(match.condition) : [match.left, match.right],
      )
      const both = plus(needed, matched)
      return { ...relation, left: pruned(relation.left, both), right: pruned(relation.right, both) }
    }
    case 'aggregate': {
      const functions = relation.functions.filter(isNeeded)
      const own = relation.keys.length > 0 || functions.length > 0 ? functions : relation.functions.slice(0, 1)
      const input = pruned(relation.input, plus(referencesOf(own), relation.keys))
      return { ...relation, functions: own, input }
    }
    case 'window': {
      const functions = relation.functions.filter(isNeeded)
      const partition = functions.length > 0 ? relation.partitionBy : []
      const input = pruned(relation.input, plus(plus(needed, referencesOf(functions)), partition))
      return window(input, relation.partitionBy, functions)
    }
    case 'limit': {
      const order = relation.orderBy.flatMap(({ expression }) => referencesIn(expression))
      return { ...relation, input: pruned(relation.input, plus(needed, order)) }
    }
    case 'distinct':
      return { ...relation, input: prunedInputs(relation.input) }
    case 'set-operation':
      return { ...relation, left: prunedInputs(relation.left), right: prunedInputs(relation.right) }
    case 'union-all':
      return prunedUnion(relation.columns, relation.inputs, needed)
  }
}

/** A scan without columns has no SQL. One column is kept so that its rows are counted. */
function prunedScan(scan: Scan, needed: ReadonlySet<ColumnId>): Scan {
  const columns = scan.columns.filter(({ id }) => needed.has(id))
  return columns.length > 0 ? { ...scan, columns } : { ...scan, columns: scan.columns.slice(0, 1), countsRows: true }
}

const referencesOf = (outputs: readonly Output[]): ReadonlySet<ColumnId> =>
  new Set(outputs.flatMap(({ expression }) => referencesIn(expression)))

const plus = (needed: ReadonlySet<ColumnId>, columns: Iterable<ColumnId>): ReadonlySet<ColumnId> =>
  new Set([...needed, ...columns])

/** Keeps all columns of the relation itself, and prunes below it. */
const prunedInputs = (relation: Relation): Relation => pruned(relation, new Set(columnsOf(relation)))

/** A union matches columns by their order, so all inputs keep the columns at the same indexes. */
function prunedUnion(
  columns: readonly ColumnId[],
  inputs: readonly Relation[],
  needed: ReadonlySet<ColumnId>,
): Relation {
  const wanted = columns.flatMap((id, index) => (needed.has(id) ? [index] : []))
  const indexes = wanted.length > 0 ? wanted : [0]
  const keptOf = (ids: readonly ColumnId[]) => indexes.map((index) => columnAt(ids, index))
  const prunedSides = inputs.map((input) => {
    const kept = keptOf(columnsOf(input))
    return pruned(project(input, passed(kept)), new Set(kept))
  })
  return unionAll(keptOf(columns), prunedSides)
}
