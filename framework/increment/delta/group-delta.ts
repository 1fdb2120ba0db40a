/** Derives the delta of operators over groups: aggregates, windows, DISTINCT and set operations. */
import type { ColumnId } from '../../expression/expression.ts'
import { aggregate, distinct, nullSafeKeys, semiJoin, setOperation, unionAll, window } from '../../relation/build.ts'
import {
  type Aggregation,
  columnsOf,
  type Distinct,
  type Relation,
  type SetOperation,
  type Window,
} from '../../relation/relation.ts'
import { lazy } from '../lazy.ts'
import { pushDownKeys } from '../pushdown/push-down-keys.ts'
import { type Delta, type DeltaContext, noDelta, touchedValues } from './delta.ts'

/** An operator whose rows each depend only on input rows that agree in some columns. */
interface GroupedRelation {
  readonly columns: readonly ColumnId[]
  readonly inputs: readonly Relation[]
  /** The columns of an input that correspond to `columns`, in their order. */
  readonly columnsIn: (input: Relation) => readonly ColumnId[]
  readonly applyTo: (inputs: readonly Relation[]) => Relation
}

/** How the operator groups its rows. */
export function groupedBy(relation: Aggregation | Window | Distinct | SetOperation): GroupedRelation {
  switch (relation.kind) {
    case 'aggregate': {
      const { input, keys, functions } = relation
      return ofOne(input, keys, (rows) => aggregate(rows, keys, functions))
    }
    case 'window': {
      const { input, partitionBy, functions } = relation
      return ofOne(input, partitionBy, (rows) => window(rows, partitionBy, functions))
    }
    case 'distinct':
      return ofOne(relation.input, columnsOf(relation.input), distinct)
    case 'set-operation': {
      const { columns, left, right } = relation
      const applyTo = ([l = left, r = right]: readonly Relation[]) => setOperation({ ...relation, left: l, right: r })
      return { columns, inputs: [left, right], columnsIn: columnsOf, applyTo }
    }
  }
}

function ofOne(input: Relation, columns: readonly ColumnId[], applyTo: (rows: Relation) => Relation): GroupedRelation {
  return { columns, inputs: [input], columnsIn: () => columns, applyTo: ([rows = input]) => applyTo(rows) }
}

/**
 * Recomputes each group in which a row changed, from all of its old rows and from all of its new
 * rows.
 */
export function groupDelta(context: DeltaContext, { columns, inputs, columnsIn, applyTo }: GroupedRelation): Delta {
  const { staging } = context
  const deltas = inputs.map((input) => context.deltaOf(input))
  const touched = lazy(async () => {
    const values = inputs.map((input, index) => touchedValues(deltas[index] ?? noDelta(input), columnsIn(input)))
    const fresh = columns.map(() => staging.ids.next())
    return staging.stage(distinct(unionAll(fresh, await Promise.all(values))))
  })
  const touchedGroups = async (rows: readonly Relation[]) => {
    const set = await touched()
    const on = (input: Relation) => nullSafeKeys(columnsIn(input), columnsOf(set.relation))
    return applyTo(await Promise.all(rows.map((input) => pushDownKeys(staging, input, { set, on: on(input) }))))
  }
  const before = () => Promise.all(deltas.map((delta) => delta.before()))
  const after = () => Promise.all(deltas.map((delta) => delta.after()))
  return {
    unchanged: async () => {
      const { relation: right } = await touched()
      const on = (input: Relation) => nullSafeKeys(columnsIn(input), columnsOf(right))
      return applyTo(inputs.map((left) => semiJoin({ kind: 'anti-join', left, right, on: on(left) })))
    },
    removed: lazy(async () => touchedGroups(await before())),
    added: lazy(async () => touchedGroups(await after())),
    before: async () => applyTo(await before()),
    after: async () => applyTo(await after()),
    groups: { columns, touched },
  }
}
