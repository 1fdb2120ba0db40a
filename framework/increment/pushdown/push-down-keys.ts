/**
 * Pushes "only rows whose key is in this set" down to the scans, so that an increment reads only
 * what it needs.
 */
import { type ColumnId, referenced } from '../../expression/expression.ts'
import {
  aggregate,
  distinct,
  emptyAs,
  expand,
  filter,
  join,
  nullSafeKeys,
  orNoRowsOf,
  passed,
  project,
  renamed,
  semiJoin,
  setOperation,
  unionAll,
  window,
} from '../../relation/build.ts'
import { columnAt } from '../../relation/columns.ts'
import { type Equality, equalities } from '../../relation/conditions.ts'
import type { Ranges } from '../../relation/range.ts'
import {
  type Aggregation,
  columnsOf,
  type Expansion,
  type Join,
  type KeyMatch,
  type Projection,
  type Relation,
  type Scan,
  type SemiJoin,
  type Window,
} from '../../relation/relation.ts'
import { type StagedRows, type Staging, stagedUnderOwnIds } from '../staging.ts'
import { preimages, pushDownRanges, rangesOfEnds } from './push-down-ranges.ts'

/** Keeps the rows that match a row of the set: a semi join with a set that is already staged. */
interface KeyFilter {
  readonly set: StagedRows
  /**
   * `left` is a column of the relation that is filtered, `right` one of the set. All have to match.
   */
  readonly on: readonly KeyMatch[]
}

/**
 * Exactly those rows of the relation that pass the filter. The filter is pushed down as far as that
 * is correct, and becomes ranges at the scans.
 */
export function pushDownKeys(staging: Staging, relation: Relation, filter: KeyFilter): Promise<Relation> {
  return new KeyPushDown(staging).rows(relation, filter)
}

class KeyPushDown {
  readonly #staging: Staging

  constructor(staging: Staging) {
    this.#staging = staging
  }

  async rows(relation: Relation, wanted: KeyFilter): Promise<Relation> {
    if (wanted.on.length === 0) return relation
    if (wanted.set.rows === 0) return matched(relation, wanted)
    switch (relation.kind) {
      case 'empty':
        return relation
      case 'staged':
      // The first rows depend on all rows, so nothing is pushed below a limit.
      case 'limit':
        return matched(relation, wanted)
      case 'scan':
        return this.#scan(relation, wanted)
      case 'filter':
        return filter(await this.rows(relation.input, wanted), relation.predicate)
      case 'semi-join':
      case 'anti-join':
        return this.#semiJoin(relation, wanted)
      case 'distinct':
        return distinct(await this.rows(relation.input, wanted))
      case 'project':
        return this.#project(relation, wanted)
      case 'expand':
        return this.#expand(relation, wanted)
      case 'join':
        return this.#join(relation, wanted)
      case 'aggregate':
        return this.#aggregate(relation, wanted)
      case 'window':
        return this.#window(relation, wanted)
      case 'union-all': {
        const { columns, inputs } = relation
        const filtered = inputs.map((input) => this.rows(input, renamedKeys(wanted, columns, columnsOf(input))))
        return unionAll(columns, await Promise.all(filtered))
      }
      case 'set-operation': {
        const { columns, left, right } = relation
        const [l, r] = [left, right].map((side) => this.rows(side, renamedKeys(wanted, columns, columnsOf(side))))
        return setOperation({ ...relation, left: (await l) ?? left, right: (await r) ?? right })
      }
    }
  }

  async #scan(scan: Scan, { set, on }: KeyFilter): Promise<Relation> {
    const wanted = { set, on: on.map((match) => simpler(match, set)) }
    const found = await this.#staging.lookUp(scan, wanted.on)
    return matched(pushDownRanges(found, rangesOf(wanted)), wanted)
  }

  async #project({ input, outputs }: Projection, wanted: KeyFilter): Promise<Relation> {
    const expressions = new Map(outputs.map(({ id, expression }) => [id, expression]))
    const below = mappedKeys(wanted, (column) => {
      const expression = expressions.get(column)
      return expression && referenced(expression)
    })
    const ranges = preimages(rangesOf(wanted), (column) => expressions.get(column))
    const rows = await this.rows(pushDownRanges(input, ranges), below)
    return withRest(project(rows, outputs), wanted, below)
  }

  async #expand(relation: Expansion, wanted: KeyFilter): Promise<Relation> {
    const below = keysIn(wanted, new Set(columnsOf(relation.input)))
    const ranges = rangesOfEnds(relation, rangesOf(wanted))
    const input = await this.rows(pushDownRanges(relation.input, ranges), below)
    return withRest(expand({ ...relation, input }), wanted, below)
  }

  async #join(relation: Join, wanted: KeyFilter): Promise<Relation> {
    const { type, left, right, on } = relation
    const [leftColumns, rightColumns] = [new Set(columnsOf(left)), new Set(columnsOf(right))]
    const equal = equalities(on, leftColumns, rightColumns)
    const onLeft = keysIn(wanted, leftColumns)
    const onRight = keysIn(wanted, rightColumns)
    // A left join keeps left rows without a match. So its right side can lose only rows that match
    // no wanted left row.
    const isInner = type === 'inner'
    const forLeft = isInner ? together(onLeft, acrossJoin(onRight, equal, 'left')) : onLeft
    const forRight = isInner
      ? together(onRight, acrossJoin(onLeft, equal, 'right'))
      : acrossJoin(onLeft, equal, 'right')
    const rows = isInner
      ? await this.#sides(relation, { left: forLeft, right: forRight })
      : { left: await this.rows(left, forLeft), right: orNoRowsOf(await this.rows(right, forRight), right) }
    const joined = join({ ...relation, ...rows })
    return withRest(joined, wanted, isInner && onRight.on.length > onLeft.on.length ? onRight : onLeft)
  }

  /**
   * The rows of both sides of an inner join. If both are large, the smaller one is computed first:
   * if none of its rows is wanted, the other is not read.
   */
  async #sides(
    { left, right }: Join,
    wanted: Record<'left' | 'right', KeyFilter>,
  ): Promise<Pick<Join, 'left' | 'right'>> {
    const isKeyed = wanted.left.on.length > 0 && wanted.right.on.length > 0
    if (!isKeyed || !this.#staging.isLarge(left) || !this.#staging.isLarge(right))
      return { left: await this.rows(left, wanted.left), right: await this.rows(right, wanted.right) }
    const sides = [
      { input: left, keys: wanted.left },
      { input: right, keys: wanted.right },
    ] as const
    const isLeftFirst = this.#staging.isSmaller(left, right)
    const [first, second] = isLeftFirst ? sides : [sides[1], sides[0]]
    const found = await stagedUnderOwnIds(this.#staging, await this.rows(first.input, first.keys))
    const others = found.kind === 'empty' ? emptyAs(second.input) : await this.rows(second.input, second.keys)
    return isLeftFirst ? { left: found, right: others } : { left: others, right: found }
  }

  /** The right side is looked up by the remaining rows of the left. */
  async #semiJoin(relation: SemiJoin, wanted: KeyFilter): Promise<Relation> {
    const { right, on } = relation
    const equal = on.flatMap((match) => (match.kind === 'equality' ? [match] : []))
    const looked = { rows: await this.rows(relation.left, wanted), equal, side: 'right' } as const
    const { rows, matching } = await matchingRows(this.#staging, right, looked)
    return semiJoin({ ...relation, left: rows, right: matching })
  }

  async #aggregate({ input, keys, functions }: Aggregation, wanted: KeyFilter): Promise<Relation> {
    const below = keysIn(wanted, new Set(keys))
    return withRest(aggregate(await this.rows(input, below), keys, functions), wanted, below)
  }

  /**
   * A window function looks at all rows of a partition. So every row of a partition with a wanted
   * row is needed.
   */
  async #window({ input, partitionBy, functions }: Window, wanted: KeyFilter): Promise<Relation> {
    const below = keysIn(wanted, new Set(partitionBy))
    const rows = await this.rows(input, below)
    if (below.on.length === wanted.on.length) return window(rows, partitionBy, functions)
    const onInput = keysIn(wanted, new Set(columnsOf(input)))
    if (onInput.on.length === below.on.length || partitionBy.length === 0) {
      return matched(window(rows, partitionBy, functions), wanted)
    }
    const partitions = await this.#staging.stage(
      distinct(project(await this.rows(input, onInput), passed(partitionBy))),
    )
    const on = nullSafeKeys(partitionBy, columnsOf(partitions.relation))
    return matched(window(await this.rows(rows, { set: partitions, on }), partitionBy, functions), wanted)
  }
}

/** The rows of one side of a join, by which rows of the other side are looked up. */
interface JoinedRows {
  readonly rows: Relation
  readonly equal: readonly Equality[]
  /** The side of the join that has the rows to look up. */
  readonly side: 'left' | 'right'
}

interface MatchingRows {
  /** The given rows, staged if `matching` is looked up by them. */
  readonly rows: Relation
  readonly matching: Relation
}

/** The rows of a join's other side that can match some of `rows`. */
export async function matchingRows(
  staging: Staging,
  others: Relation,
  { rows, equal, side }: JoinedRows,
): Promise<MatchingRows> {
  if (rows.kind === 'empty' || equal.length === 0 || !staging.isLarge(others)) return { rows, matching: others }
  const from = side === 'right' ? 'left' : 'right'
  const set = await staging.stage(rows)
  const [columns, own] = [columnsOf(rows), columnsOf(set.relation)]
  const on = equal.map((sides): KeyMatch => {
    return { kind: 'equality', left: sides[side], right: columnAt(own, columns.indexOf(sides[from])) }
  })
  return { rows: renamed(set.relation, own, columns), matching: await pushDownKeys(staging, others, { set, on }) }
}

function matched(left: Relation, { set, on }: KeyFilter): Relation {
  return semiJoin({ kind: 'semi-join', left, right: set.relation, on: on.map((match) => simpler(match, set)) })
}

/**
 * Engines run plain equality faster. It is equivalent to null-safe equality if the set has no null.
 */
function simpler(match: KeyMatch, { ranges }: StagedRows): KeyMatch {
  return ranges.get(match.right)?.nulls === false ? { ...match, kind: 'equality' } : match
}

/**
 * Applies the complete filter to a relation into which only the keys of `pushed` were pushed down.
 */
function withRest(relation: Relation, wanted: KeyFilter, pushed: KeyFilter): Relation {
  return pushed.on.length === wanted.on.length ? relation : matched(relation, wanted)
}

/**
 * Replaces the columns of the keys by `columnFor`, and drops keys for which it has no column. The
 * filter without these keys keeps more rows.
 */
function mappedKeys({ set, on }: KeyFilter, columnFor: (column: ColumnId) => ColumnId | undefined): KeyFilter {
  return {
    set,
    on: on.flatMap((match) => {
      const left = columnFor(match.left)
      return left === undefined ? [] : [{ ...match, left }]
    }),
  }
}

const keysIn = (wanted: KeyFilter, columns: ReadonlySet<ColumnId>): KeyFilter =>
  mappedKeys(wanted, (column) => (columns.has(column) ? column : undefined))

/** Replaces each column of `from` in the filter by the column of `to` at the same index. */
const renamedKeys = (wanted: KeyFilter, from: readonly ColumnId[], to: readonly ColumnId[]): KeyFilter =>
  mappedKeys(wanted, (column) => to[from.indexOf(column)])

/**
 * Translates a filter on one side's columns into a filter on the other side's, by the join's
 * equalities. In these, null equals nothing.
 */
function acrossJoin({ set, on }: KeyFilter, equal: readonly Equality[], to: 'left' | 'right'): KeyFilter {
  const from = to === 'left' ? 'right' : 'left'
  return {
    set,
    on: on.flatMap((match) =>
      equal.flatMap((sides) => (sides[from] === match.left ? [{ ...match, kind: 'equality', left: sides[to] }] : [])),
    ),
  }
}

/** Combines two filters that have the same set. */
const together = (one: KeyFilter, other: KeyFilter): KeyFilter => ({ ...one, on: [...one.on, ...other.on] })

/** The ranges that the filter implies for the relation's columns. */
function rangesOf({ set, on }: KeyFilter): Ranges {
  return new Map(
    on.flatMap(({ kind, left, right }) => {
      const range = set.ranges.get(right)
      return range ? [[left, kind === 'equality' ? { ...range, nulls: false } : range] as const] : []
    }),
  )
}
