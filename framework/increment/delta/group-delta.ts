import type { ColumnId } from '../../expression/expression.ts'
import { aggregate, distinct, matching, same, setOperation, unionAll, window } from '../../relation/build.ts'
import {
  type Aggregation,
  columnsOf,
  type Distinct,
  type Relation,
  type SetOperation,
  type Window,
} from '../../relation/relation.ts'
import { once } from '../once.ts'
import { type ColumnMatch, pushDownKeys } from '../pushdown/push-down-keys.ts'
import { type Change, type DeltaContext, noDelta, touchedValues } from './delta.ts'

/** An operator that looks at rows together which agree in some columns, and never at others. */
interface GroupedRelation {
  readonly columns: readonly ColumnId[]
  readonly inputs: readonly Relation[]
  /** The columns' names in an input, in their order. */
  readonly columnsIn: (input: Relation) => readonly ColumnId[]
  readonly over: (inputs: readonly Relation[]) => Relation
}

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
      const over = ([l = left, r = right]: readonly Relation[]) => setOperation({ ...relation, left: l, right: r })
      return { columns, inputs: [left, right], columnsIn: columnsOf, over }
    }
  }
}

function ofOne(input: Relation, columns: readonly ColumnId[], over: (rows: Relation) => Relation): GroupedRelation {
  return { columns, inputs: [input], columnsIn: () => columns, over: ([rows = input]) => over(rows) }
}

/** Groups of which a row was touched are worked out anew, from all of their rows. */
export function groupDelta(deriving: DeltaContext, { columns, inputs, columnsIn, over }: GroupedRelation): Change {
  const { staging } = deriving
  const changes = inputs.map((input) => deriving.of(input))
  const touched = once(async () => {
    const some = inputs.map((input, index) => touchedValues(changes[index] ?? noDelta(input), columnsIn(input)))
    const fresh = columns.map(() => staging.ids.next())
    return staging.stage(distinct(unionAll(fresh, await Promise.all(some))))
  })
  const touching = async (rows: readonly Relation[]) => {
    const set = await touched()
    const on = (input: Relation) => same(columnsIn(input), columnsOf(set.relation)) as readonly ColumnMatch[]
    return over(await Promise.all(rows.map((input) => pushDownKeys(staging, input, { set, on: on(input) }))))
  }
  return {
    unchanged: async () => {
      const { relation: set } = await touched()
      const on = (input: Relation) => same(columnsIn(input), columnsOf(set))
      return over(inputs.map((input) => matching({ keep: 'none', input, set, on: on(input) })))
    },
    removed: once(() => touching(inputs.map((input) => deriving.before(input)))),
    added: once(() => touching(inputs)),
    groups: { columns, touched },
  }
}
