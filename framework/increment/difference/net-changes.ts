/** Adds up the changes of a group: aggregates over its added and over its removed rows. */

import { all } from '../../expression/conditions.ts'
import {
  type AggregateCall,
  type ColumnId,
  column,
  type Expression,
  isSameExpression,
  referencesIn,
} from '../../expression/expression.ts'
import { aggregateCall, call } from '../../expression/functions/call.ts'
import { literal } from '../../expression/literal.ts'
import { BOOLEAN } from '../../expression/value-type.ts'
import { aggregate, passed, project, unionAll } from '../../relation/build.ts'
import type { ColumnIds, Output, Relation } from '../../relation/relation.ts'

export type Side = 'added' | 'removed'

/** The changed rows of the input of an aggregation. */
export interface RowsOfSides {
  readonly added: Relation
  readonly removed: Relation
}

/** Collects the aggregates that the new values of a group are computed from. */
export class NetChanges {
  readonly #ids: ColumnIds
  readonly #isAdded: Expression
  readonly #functions: Output[] = []
  readonly #side: ColumnId

  constructor(ids: ColumnIds) {
    this.#ids = ids
    this.#side = ids.next()
    this.#isAdded = column(this.#side, { type: BOOLEAN, nullable: false })
  }

  /** The aggregate over the changed rows of one side that pass the filter. */
  over(side: Side, name: string, args: readonly Expression[], filter: Expression | undefined): Expression {
    const isSide = side === 'added' ? this.#isAdded : call('not', this.#isAdded)
    const expression = aggregateCall(name, args, all([isSide, ...(filter ? [filter] : [])]) ?? isSide)
    const known = this.#functions.find((one) => isSameExpression(one.expression, expression))
    const id = known?.id ?? this.#ids.next()
    if (!known) this.#functions.push({ id, expression })
    return column(id, { type: expression.type, nullable: true })
  }

  /** The columns of `relation` that follow the keys, in their order. */
  get columns(): readonly ColumnId[] {
    return this.#functions.map(({ id }) => id)
  }

  /** One row for each group with added or removed rows. */
  relation(keys: readonly ColumnId[], { added, removed }: RowsOfSides): Relation {
    const needed = this.#functions.flatMap(({ expression }) => referencesIn(expression))
    const columns = [...new Set([...keys, ...needed])].filter((id) => id !== this.#side)
    const marked = (rows: Relation, isAdded: boolean) =>
      project(rows, [...passed(columns), { id: this.#side, expression: literal(isAdded, BOOLEAN) }])
    const rows = unionAll([...columns, this.#side], [marked(added, true), marked(removed, false)])
    return aggregate(rows, keys, this.#functions)
  }
}

/** An aggregate of an aggregation, with its value in the table before the change. */
export interface HeldFunction {
  readonly call: AggregateCall
  readonly old: Expression
}
