import { type ColumnId, referenced } from '../../expression/expression.ts'
import {
  aggregate,
  distinct,
  filter,
  join,
  matching,
  orNoRowsOf,
  passed,
  project,
  same,
  setOperation,
  unionAll,
  window,
} from '../../relation/build.ts'
import { type Equality, equalities } from '../../relation/conditions.ts'
import type { Ranges } from '../../relation/range.ts'
import {
  type Aggregation,
  columnsOf,
  type Join,
  type Projection,
  type Relation,
  type Window,
} from '../../relation/relation.ts'
import type { StagedRows, Staging } from '../staging.ts'
import { preimages, pushDownRanges } from './push-down-ranges.ts'

/** A column that has to have a value which a column of the set has. `equal`: null is no such value. */
export interface ColumnMatch {
  readonly kind: 'equal' | 'same'
  readonly column: ColumnId
  readonly among: ColumnId
}

/** Only rows are wanted that match some row of the set in all these columns. */
export interface KeyFilter {
  readonly set: StagedRows
  readonly on: readonly ColumnMatch[]
}

/**
 * The rows of the relation that the restriction wants, and no others; it reaches as far down as it may, so that nothing is worked out
 * or read in vain.
 */
export function pushDownKeys(staging: Staging, relation: Relation, restriction: KeyFilter): Promise<Relation> {
  return new Restricting(staging).rows(relation, restriction)
}

class Restricting {
  readonly #staging: Staging

  constructor(staging: Staging) {
    this.#staging = staging
  }

  async rows(relation: Relation, restriction: KeyFilter): Promise<Relation> {
    if (restriction.on.length === 0) return relation
    if (restriction.set.rows === 0) return matched(relation, restriction)
    switch (relation.kind) {
      case 'empty':
        return relation
      case 'staged':
      // Which rows are the first depends on all of them.
      case 'limit':
        return matched(relation, restriction)
      case 'scan':
        return matched(pushDownRanges(relation, rangesOf(restriction)), restriction)
      case 'filter':
        return filter(await this.rows(relation.input, restriction), relation.predicate)
      case 'matching':
        return matching({ ...relation, input: await this.rows(relation.input, restriction) })
      case 'distinct':
        return distinct(await this.rows(relation.input, restriction))
      case 'project':
        return this.#project(relation, restriction)
      case 'join':
        return this.#join(relation, restriction)
      case 'aggregate':
        return this.#aggregate(relation, restriction)
      case 'window':
        return this.#window(relation, restriction)
      case 'union-all': {
        const { columns, inputs } = relation
        const some = inputs.map((input) => this.rows(input, moved(restriction, columns, columnsOf(input))))
        return unionAll(columns, await Promise.all(some))
      }
      case 'set-operation': {
        const { columns, left, right } = relation
        const [l, r] = [left, right].map((side) => this.rows(side, moved(restriction, columns, columnsOf(side))))
        return setOperation({ ...relation, left: (await l) ?? left, right: (await r) ?? right })
      }
    }
  }

  async #project({ input, outputs }: Projection, restriction: KeyFilter): Promise<Relation> {
    const expressions = new Map(outputs.map(({ id, expression }) => [id, expression]))
    const below = within(restriction, (column) => {
      const expression = expressions.get(column)
      return expression && referenced(expression)
    })
    const ranges = preimages(rangesOf(restriction), (column) => expressions.get(column))
    const narrow = pushDownRanges(input, ranges)
    return completed(project(await this.rows(narrow, below), outputs), restriction, below)
  }

  async #join(relation: Join, restriction: KeyFilter): Promise<Relation> {
    const { type, left, right, on } = relation
    const [leftColumns, rightColumns] = [new Set(columnsOf(left)), new Set(columnsOf(right))]
    const equal = equalities(on, leftColumns, rightColumns)
    const onLeft = only(restriction, leftColumns)
    const onRight = only(restriction, rightColumns)
    // What matches no row of the right stays: a left join's right side must only lose rows that would have matched nothing that is wanted.
    const both = type === 'inner'
    const forLeft = both ? together(onLeft, across(onRight, equal, 'left')) : onLeft
    const forRight = both ? together(onRight, across(onLeft, equal, 'right')) : across(onLeft, equal, 'right')
    const rightRows = await this.rows(right, forRight)
    const joined = join({
      ...relation,
      left: await this.rows(left, forLeft),
      right: both ? rightRows : orNoRowsOf(rightRows, right),
    })
    return completed(joined, restriction, both && onRight.on.length > onLeft.on.length ? onRight : onLeft)
  }

  async #aggregate({ input, keys, functions }: Aggregation, restriction: KeyFilter): Promise<Relation> {
    const below = only(restriction, new Set(keys))
    return completed(aggregate(await this.rows(input, below), keys, functions), restriction, below)
  }

  /** Every row that shares a partition with a wanted one is needed, since the functions look at all of them. */
  async #window({ input, partitionBy, functions }: Window, restriction: KeyFilter): Promise<Relation> {
    const below = only(restriction, new Set(partitionBy))
    const whole = await this.rows(input, below)
    if (below.on.length === restriction.on.length) return window(whole, partitionBy, functions)
    const wanted = only(restriction, new Set(columnsOf(input)))
    if (wanted.on.length === below.on.length || partitionBy.length === 0) {
      return matched(window(whole, partitionBy, functions), restriction)
    }
    const partitions = await this.#staging.stage(distinct(project(await this.rows(input, wanted), passed(partitionBy))))
    const on = same(partitionBy, columnsOf(partitions.relation)) as readonly ColumnMatch[]
    return matched(window(await this.rows(whole, { set: partitions, on }), partitionBy, functions), restriction)
  }
}

function matched(input: Relation, { set, on }: KeyFilter): Relation {
  return matching({ keep: 'some', input, set: set.relation, on: on.map((match) => simpler(match, set)) })
}

/** Where the set has no null, engines are quicker with plain equality. */
function simpler(match: ColumnMatch, { ranges }: StagedRows): ColumnMatch {
  return ranges.get(match.among)?.nulls === false ? { ...match, kind: 'equal' } : match
}

/** The relation, of which a part of the restriction has been met, with the rest of it met too. */
function completed(relation: Relation, restriction: KeyFilter, met: KeyFilter): Relation {
  return met.on.length === restriction.on.length ? relation : matched(relation, restriction)
}

/** As much of the restriction as is about columns that `column` finds another column for. It wants no fewer rows. */
function within({ set, on }: KeyFilter, column: (column: ColumnId) => ColumnId | undefined): KeyFilter {
  return {
    set,
    on: on.flatMap((match) => {
      const other = column(match.column)
      return other === undefined ? [] : [{ ...match, column: other }]
    }),
  }
}

const only = (restriction: KeyFilter, columns: ReadonlySet<ColumnId>): KeyFilter =>
  within(restriction, (column) => (columns.has(column) ? column : undefined))

const moved = (restriction: KeyFilter, from: readonly ColumnId[], to: readonly ColumnId[]): KeyFilter =>
  within(restriction, (column) => to[from.indexOf(column)])

/** To the side's columns that have to equal those of the other side. Null equals nothing. */
function across({ set, on }: KeyFilter, equal: readonly Equality[], to: 'left' | 'right'): KeyFilter {
  const from = to === 'left' ? 'right' : 'left'
  return {
    set,
    on: on.flatMap((match) =>
      equal.flatMap((sides) => (sides[from] === match.column ? [{ ...match, kind: 'equal', column: sides[to] }] : [])),
    ),
  }
}

/** Restrictions by the same set. */
const together = (one: KeyFilter, other: KeyFilter): KeyFilter => ({ ...one, on: [...one.on, ...other.on] })

function rangesOf({ set, on }: KeyFilter): Ranges {
  return new Map(
    on.flatMap(({ kind, column, among }) => {
      const range = set.ranges.get(among)
      return range ? [[column, kind === 'equal' ? { ...range, nulls: false } : range] as const] : []
    }),
  )
}
