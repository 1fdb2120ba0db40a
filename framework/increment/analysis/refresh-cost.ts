/**
 * Estimates how many rows the engine visits to rebuild a table, and to follow the changes of its
 * upstreams. A visit is one row that one statement reads. A written file counts as the number of
 * visits that take the same time.
 */
import type { Expression } from '../../expression/expression.ts'
import { isLiteral } from '../../expression/literal.ts'
import { scan } from '../../relation/build.ts'
import { conjuncts } from '../../relation/conditions.ts'
import { columnsOf, type NamedColumn, type Relation } from '../../relation/relation.ts'
import { heldFirstRows } from '../difference/first-rows.ts'
import { type GroupDifference, groupDifference } from '../difference/group-difference.ts'
import { pushDownFilters } from '../pushdown/push-down-filters.ts'
import { valuesAtMost } from './cardinality.ts'

/** What is known before the increment about an upstream and its changes. */
export interface ChangedUpstream {
  readonly rows: number
  /** Approximate number of rows that were removed. */
  readonly removed: number
  readonly added: number
  /** Number of rows in the files that have to be compared to find the removed and added rows. */
  readonly compared: number
}

export interface CostedTable {
  readonly relation: Relation
  readonly outputs: readonly NamedColumn[]
  /** The columns of the table, as its files have them. */
  readonly columns: readonly NamedColumn[]
  readonly rows: number
  /** Number of partitions, each of which has a file of its own. */
  readonly partitions: number
}

export interface RefreshCosts {
  readonly follow: number
  /** The visits of a rebuild, without the cost of the files that it writes. */
  readonly reads: number
  readonly rebuild: number
}

/** Cost of reading the few rows that match staged keys, as a share of the relation's rows. */
const FEW = 0.15
/**
 * Visits for each row in two versions of a file that are compared, because the rows are grouped by
 * all columns.
 */
const COMPARED = 8

/** Visits for the file of a partition that is written. */
const WRITTEN = 4_000

/** `upstreams` are by alias. An upstream that is missing in the map has no rows. */
export function refreshCosts(upstreams: ReadonlyMap<string, ChangedUpstream>, asked: CostedTable): RefreshCosts {
  const table = { ...asked, relation: pushDownFilters(asked.relation) }
  const size = new Sizes(upstreams)
  const compared = [...upstreams.values()].reduce((sum, upstream) => sum + upstream.compared, 0)
  const reads = size.of(table.relation).full
  return {
    follow: COMPARED * compared + followed(size, table) + WRITTEN * touchedPartitions(size, table),
    reads,
    rebuild: reads + WRITTEN * table.partitions,
  }
}

/** What is known of a relation and its delta. Numbers of rows are estimates. */
interface Size {
  readonly rows: number
  /** The rows without filters. */
  readonly base: number
  readonly removed: number
  readonly added: number
  /** Visits to compute the relation. */
  readonly full: number
  /** Visits to compute the removed and the added rows. */
  readonly delta: number
  /** Visits to find the changed rows' values in the columns by which rows are looked up. */
  readonly touch: number
}

const changedRows = ({ removed, added }: Size): number => removed + added

/** The probability that at least one row exists, if this number of rows is expected. */
const isAny = (expected: number): number => 1 - Math.exp(-expected)

/** How many sides have to be computed: removed rows, added rows, or both. */
const sides = ({ removed, added }: Size): number => isAny(removed) + isAny(added)

/** The number of groups in which some row changes. */
const touchedOf = (groups: number, changed: number): number =>
  groups === 0 ? 0 : groups * (1 - Math.exp(-changed / groups))

/**
 * Visits to recompute the touched groups from all of their rows. If `touched` is below one, it is
 * the probability that any group is touched.
 */
const regrouped = (input: Size, groups: number, touched: number): number =>
  Math.min(1, touched) * input.full * Math.max(FEW, touched / Math.max(1, groups))

const touchedPartitions = (size: Sizes, { relation, partitions }: CostedTable): number =>
  touchedOf(partitions, changedRows(size.of(relation)))

/** Visits of the query's last step, whose old rows the table holds. */
function followed(size: Sizes, { relation, outputs, columns, rows }: CostedTable): number {
  const top = belowProjections(relation)
  if (top.kind !== 'aggregate' && top.kind !== 'limit' && top.kind !== 'window') return size.of(top).delta
  const input = size.of(top.input)
  const changed = changedRows(input)
  if (top.kind === 'limit') {
    if (!heldFirstRows(relation, outputs, scan('', columns))) return input.touch + touchedOf(1, changed) * input.full
    // If first rows are removed, the new first rows may have to be found among all rows.
    const goes = Math.min(1, (input.removed * top.count) / Math.max(1, input.rows))
    // The old rows of groups come from the table, and are not computed.
    return (input.touch + input.delta) / 2 + goes * input.full
  }
  const keys = top.kind === 'aggregate' ? top.keys : top.partitionBy
  const groups = keys.length === 0 ? 1 : Math.max(1, top.kind === 'aggregate' ? rows : size.values(top.input, keys))
  const touched = touchedOf(groups, changed)
  const difference = top.kind === 'aggregate' ? groupDifference(relation, outputs, columns) : undefined
  if (difference && isKept(difference, input)) return input.delta
  return input.touch + regrouped(input, groups, touched)
}

const isKept = ({ survivesRemoval }: GroupDifference, { removed }: Size): boolean => survivesRemoval || removed < 1

const belowProjections = (relation: Relation): Relation =>
  relation.kind === 'project' || (relation.kind === 'filter' && relation.input.kind !== 'window')
    ? belowProjections(relation.input)
    : relation

class Sizes {
  readonly #upstreams: ReadonlyMap<string, ChangedUpstream>
  readonly #known = new Map<Relation, Size>()

  constructor(upstreams: ReadonlyMap<string, ChangedUpstream>) {
    this.#upstreams = upstreams
  }

  /** Maximum number of combinations of values. */
  values(relation: Relation, columns: readonly string[]): number {
    const rows = (alias: string) => this.#upstreams.get(alias)?.rows ?? 0
    return valuesAtMost(relation, columns, { rows, changed: () => ({ removed: 0, added: 0 }) })
  }

  of(relation: Relation): Size {
    const size = this.#known.get(relation) ?? this.#sizeOf(relation)
    this.#known.set(relation, size)
    return size
  }

  #sizeOf(relation: Relation): Size {
    switch (relation.kind) {
      case 'scan': {
        const { rows = 0, removed = 0, added = 0 } = this.#upstreams.get(relation.alias) ?? {}
        return { rows, base: rows, removed, added, full: rows, delta: removed + added, touch: removed + added }
      }
      case 'staged':
      case 'empty':
        return NONE
      case 'filter':
        return filtered(this.of(relation.input), selectivity(relation.predicate))
      case 'project':
        return this.of(relation.input)
      case 'expand':
        return expanded(this.of(relation.input))
      case 'join':
        return relation.type === 'inner'
          ? joined(this.of(relation.left), this.of(relation.right))
          : lookedUp(this.of(relation.left), this.of(relation.right), true)
      case 'semi-join':
      case 'anti-join':
        return lookedUp(this.of(relation.left), this.of(relation.right), false)
      case 'aggregate':
        return grouped(this.of(relation.input), this.#groups(relation.input, relation.keys))
      case 'distinct':
        return grouped(this.of(relation.input), this.#groups(relation.input, columnsOf(relation.input)))
      case 'window': {
        const size = grouped(this.of(relation.input), this.#groups(relation.input, relation.partitionBy))
        const { rows, base } = this.of(relation.input)
        return { ...size, rows, base }
      }
      case 'limit':
        return { ...grouped(this.of(relation.input), 1), rows: relation.count }
      case 'union-all':
        return relation.inputs.map((input) => this.of(input)).reduce(together, NONE)
      case 'set-operation': {
        const both = together(this.of(relation.left), this.of(relation.right))
        return grouped(both, both.rows)
      }
    }
  }

  #groups(input: Relation, keys: readonly string[]): number {
    return keys.length === 0 ? 1 : Math.min(this.of(input).rows, this.values(input, keys))
  }
}

const NONE: Size = { rows: 0, base: 0, removed: 0, added: 0, full: 0, delta: 0, touch: 0 }

const filtered = (size: Size, share: number): Size => ({
  ...size,
  rows: size.rows * share,
  removed: size.removed * share,
  added: size.added * share,
})

/**
 * Number of values of a series for a row, such as the days of a month. The real number is known
 * only after the query.
 */
const EXPANDED = 30

function expanded(size: Size): Size {
  const [rows, removed, added] = [size.rows, size.removed, size.added].map((count) => count * EXPANDED)
  return { ...size, rows: rows ?? 0, removed: removed ?? 0, added: added ?? 0, full: size.full + (rows ?? 0) }
}

const together = (one: Size, other: Size): Size => ({
  rows: one.rows + other.rows,
  base: one.base + other.base,
  removed: one.removed + other.removed,
  added: one.added + other.added,
  full: one.full + other.full,
  delta: one.delta + other.delta,
  touch: one.touch + other.touch,
})

/** The share of a join's other side that is read to match the changed rows, on all sides. */
const matched = (changed: Size, values: number): number =>
  sides(changed) * Math.max(FEW, Math.min(1, changedRows(changed) / values))

/** Assumes that each row of the smaller side matches many rows of the other. */
function joined(left: Size, right: Size): Size {
  const matches = Math.max(1, Math.min(left.base, right.base))
  const rows = (left.rows * right.rows) / matches
  const changed = (which: 'removed' | 'added') =>
    Math.min(rows, (left[which] * right.rows) / matches + (right[which] * left.rows) / matches)
  const delta = left.delta + right.delta + matched(left, matches) * right.full + matched(right, matches) * left.full
  return {
    ...{ rows, base: Math.max(left.base, right.base), removed: changed('removed'), added: changed('added') },
    ...{ full: left.full + right.full, delta, touch: delta },
  }
}

/** `keepsLeft`: whether the rows of the left are all kept, so that their values need no look-up. */
function lookedUp(left: Size, right: Size, keepsLeft: boolean): Size {
  const touched = Math.min(left.rows, (changedRows(right) * left.rows) / Math.max(1, right.base))
  const [removed, added] = [left.removed + touched, left.added + touched]
  const anew = isAny(touched) * FEW * left.full
  const delta = left.delta + right.touch + anew + sides({ ...left, removed, added }) * FEW * right.full
  return {
    ...{ rows: left.rows, base: left.base, removed, added, full: left.full + right.full, delta },
    touch: keepsLeft ? left.touch + right.touch + anew : delta,
  }
}

/** Recomputes the touched groups before and after the change. */
function grouped(input: Size, groups: number): Size {
  const touched = touchedOf(groups, changedRows(input))
  const { full, touch } = input
  const delta = touch + 2 * regrouped(input, groups, touched)
  return { rows: groups, base: groups, removed: touched, added: touched, full, delta, touch }
}

/** The share of rows for which a condition holds, estimated by its form alone. */
function selectivity(predicate: Expression): number {
  return conjuncts(predicate).reduce((share, condition) => share * ofCondition(condition), 1)
}

function ofCondition(condition: Expression): number {
  if (condition.kind !== 'call') return SHARES.other
  const { name, args } = condition
  if (name === 'not') return 1 - (args[0] ? ofCondition(args[0]) : 0)
  if (name === 'or')
    return Math.min(
      1,
      args.reduce((sum, part) => sum + selectivity(part), 0),
    )
  if (name === 'in') return Math.min(0.5, (args.length - 1) * SHARES.equal)
  if (name === '=') return args.some(isLiteral) ? SHARES.equal : SHARES.other
  return name === 'like' ? SHARES.equal : SHARES.other
}

/** The shares that System R assumes for equality and for any other comparison. */
const SHARES = { equal: 0.1, other: 1 / 3 }
