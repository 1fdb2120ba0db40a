/** Leaves out the columns that a relation's rows do not depend on. */
import { type ColumnId, referencesIn } from '../expression/expression.ts'
import { emptyAs, passed, project, unionAll, window } from './build.ts'
import { columnsOf, type Output, type Relation } from './relation.ts'

/** The same rows with no columns but those that are needed, or that decide which rows there are. */
export function pruned(relation: Relation, needed: ReadonlySet<ColumnId>): Relation {
  const isNeeded = ({ id }: { readonly id: ColumnId }) => needed.has(id)
  switch (relation.kind) {
    case 'scan': {
      const columns = relation.columns.filter(isNeeded)
      // Rows are counted by some column.
      return columns.length > 0
        ? { ...relation, columns }
        : { ...relation, columns: relation.columns.slice(0, 1), countsRows: true }
    }
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
    case 'join': {
      const both = plus(needed, relation.on ? referencesIn(relation.on) : [])
      return { ...relation, left: pruned(relation.left, both), right: pruned(relation.right, both) }
    }
    case 'matching': {
      const matched = relation.on.flatMap((match) =>
        match.kind === 'condition' ? referencesIn(match.condition) : [match.column, match.among],
      )
      const both = plus(needed, matched)
      return { ...relation, input: pruned(relation.input, both), set: pruned(relation.set, both) }
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
      return { ...relation, input: pruned(relation.input, new Set(columnsOf(relation.input))) }
    case 'set-operation':
      return { ...relation, left: whole(relation.left), right: whole(relation.right) }
    case 'union-all':
      return prunedUnion(relation.columns, relation.inputs, needed)
  }
}

const referencesOf = (outputs: readonly Output[]): ReadonlySet<ColumnId> =>
  new Set(outputs.flatMap(({ expression }) => referencesIn(expression)))

const plus = (needed: ReadonlySet<ColumnId>, columns: Iterable<ColumnId>): ReadonlySet<ColumnId> =>
  new Set([...needed, ...columns])

const whole = (relation: Relation): Relation => pruned(relation, new Set(columnsOf(relation)))

/** Columns go by their places, so that all inputs keep the same ones. */
function prunedUnion(
  columns: readonly ColumnId[],
  inputs: readonly Relation[],
  needed: ReadonlySet<ColumnId>,
): Relation {
  const wanted = columns.flatMap((id, place) => (needed.has(id) ? [place] : []))
  const places = wanted.length > 0 ? wanted : [0]
  const at = (ids: readonly ColumnId[]) => places.map((place) => ids[place] ?? '')
  const narrow = inputs.map((input) => {
    const kept = at(columnsOf(input))
    return pruned(project(input, passed(kept)), new Set(kept))
  })
  return unionAll(at(columns), narrow)
}
