/**
 * Joins the tables of FROM. Computed sides of equalities become columns, since increments match
 * rows by columns.
 */
import type { JoinType } from 'kysely'
import { all, equals } from '../../../expression/conditions.ts'
import {
  type ColumnId,
  column,
  type Expression,
  referenced,
  referencesIn,
  withColumns,
} from '../../../expression/expression.ts'
import { nullOf } from '../../../expression/literal.ts'
import { extended, join, project, semiJoin, unionAll } from '../../../relation/build.ts'
import { copied } from '../../../relation/copy.ts'
import {
  type ColumnIds,
  columnsOf,
  type Match,
  type NamedColumn,
  type Output,
  type Relation,
} from '../../../relation/relation.ts'
import { QueryProblem } from '../query-problem.ts'
import type { FromItem } from '../scope.ts'

export interface JoinedItems {
  readonly relation: Relation
  readonly items: readonly FromItem[]
}

/** The cross join of both. */
export const combine = (left: JoinedItems, right: JoinedItems): JoinedItems => ({
  relation: join({ type: 'inner', left: left.relation, right: right.relation, on: undefined }),
  items: [...left.items, ...right.items],
})

export interface JoinParts {
  readonly joinType: JoinType
  readonly left: JoinedItems
  readonly right: JoinedItems
  /** The join matches rows for which all of these hold. */
  readonly conditions: readonly Expression[]
}

export function joinItems(ids: ColumnIds, { joinType, left, right, conditions }: JoinParts): JoinedItems {
  const items = (one: boolean, other: boolean) => [
    ...(one ? left.items.map(nullable) : left.items),
    ...(other ? right.items.map(nullable) : right.items),
  ]
  const joined = (type: 'inner' | 'left', one: Relation, other: Relation) => {
    const sides = separated(ids, one, other, conditions)
    return join({ type, left: sides.left, right: sides.right, on: all(joinConditionsOf(sides)) })
  }
  switch (joinType) {
    case 'InnerJoin':
    case 'CrossJoin':
      return { relation: joined('inner', left.relation, right.relation), items: items(false, false) }
    case 'LeftJoin':
      return { relation: joined('left', left.relation, right.relation), items: items(false, true) }
    case 'RightJoin':
      return { relation: joined('left', right.relation, left.relation), items: items(true, false) }
    case 'FullJoin':
      return fullJoin(ids, { left, right, conditions })
    default:
      throw new QueryProblem(`it has a ${joinType}`, 'join with a grouped or ranked subquery instead')
  }
}

/**
 * Builds a full join from a left join and the rows of the right without a match. So engines and
 * increments need no third type of join.
 */
function fullJoin(ids: ColumnIds, { left, right, conditions }: Omit<JoinParts, 'joinType'>): JoinedItems {
  const matched = joinItems(ids, { joinType: 'LeftJoin', left, right, conditions })
  const [one, other] = [copied(ids, left.relation), copied(ids, right.relation)]
  const again = conditions.map((condition) => withColumns(condition, new Map([...one.columns, ...other.columns])))
  const sides = separated(ids, other.relation, one.relation, again)
  const unmatched = semiJoin({ kind: 'anti-join', left: sides.left, right: sides.right, on: matchesOf(sides) })
  const columns = matched.items.flatMap((item) => item.columns)
  const fresh = new Map(columns.map(({ id }) => [id, ids.next()]))
  const passed = (id: (column: NamedColumn) => Expression): readonly Output[] =>
    columns.map((own) => ({ id: ids.next(), expression: id(own) }))
  const inputs = [
    project(
      matched.relation,
      passed((own) => column(own.id, own)),
    ),
    project(
      unmatched,
      passed((own) => {
        const copy = other.columns.get(own.id)
        return copy === undefined ? nullOf(own.type) : column(copy, own)
      }),
    ),
  ]
  const items = matched.items.map((item) => ({
    ...item,
    columns: item.columns.map((own) => ({ ...own, id: fresh.get(own.id) ?? own.id, nullable: true })),
  }))
  return { relation: unionAll([...fresh.values()], inputs), items }
}

const nullable = (item: FromItem): FromItem => ({
  ...item,
  columns: item.columns.map((one) => ({ ...one, nullable: true })),
})

/** Two relations, the pairs of their columns that have to be equal, and the other conditions. */
export interface Separated {
  readonly left: Relation
  readonly right: Relation
  readonly equal: readonly { readonly left: Expression; readonly right: Expression }[]
  readonly others: readonly Expression[]
}

/**
 * Separates equalities between the left and the right from other conditions. A computed side
 * becomes a column of its relation.
 */
export function separated(
  ids: ColumnIds,
  left: Relation,
  right: Relation,
  conditions: readonly Expression[],
): Separated {
  const [ofLeft, ofRight] = [new Set(columnsOf(left)), new Set(columnsOf(right))]
  const [onLeft, onRight]: [Output[], Output[]] = [[], []]
  const others: Expression[] = []
  const equal: { left: Expression; right: Expression }[] = []
  const asColumn = (expression: Expression, outputs: Output[]): Expression => {
    if (referenced(expression) !== undefined) return expression
    const id = ids.next()
    outputs.push({ id, expression })
    return column(id, expression)
  }
  for (const condition of conditions) {
    const [one, other] = condition.kind === 'call' && condition.name === '=' ? condition.args : []
    if (one && other && isOf(one, ofLeft) && isOf(other, ofRight)) {
      equal.push({ left: asColumn(one, onLeft), right: asColumn(other, onRight) })
    } else if (one && other && isOf(one, ofRight) && isOf(other, ofLeft)) {
      equal.push({ left: asColumn(other, onLeft), right: asColumn(one, onRight) })
    } else others.push(condition)
  }
  return { left: extended(left, onLeft), right: extended(right, onRight), equal, others }
}

/** Whether the expression names columns of this side only. A constant belongs to no side. */
function isOf(expression: Expression, columns: ReadonlySet<ColumnId>): boolean {
  const names = referencesIn(expression)
  return names.length > 0 && names.every((name) => columns.has(name))
}

export const joinConditionsOf = ({ equal, others }: Separated): readonly Expression[] => [
  ...equal.map(({ left, right }) => equals(left, right)),
  ...others,
]

/** The conditions by which a semi join or anti join matches the sides. */
export function matchesOf({ equal, others }: Separated): readonly Match[] {
  const columns = equal.map(({ left, right }): Match => {
    const [own, other] = [referenced(left), referenced(right)]
    return own !== undefined && other !== undefined
      ? { kind: 'equality', left: own, right: other }
      : { kind: 'condition', condition: equals(left, right) }
  })
  return [...columns, ...others.map((condition): Match => ({ kind: 'condition', condition }))]
}
