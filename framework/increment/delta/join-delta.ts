import type { ColumnId } from '../../expression/expression.ts'
import { referencesIn, withColumns } from '../../expression/expression.ts'
import {
  distinct,
  empty,
  emptyAs,
  join,
  matching,
  orNoRowsOf,
  passed,
  project,
  renamed,
  unionAll,
} from '../../relation/build.ts'
import { type Equality, equalities } from '../../relation/conditions.ts'
import { columnsOf, type Join, type Match, type Relation, type SemiJoin } from '../../relation/relation.ts'
import { once } from '../once.ts'
import { type ColumnMatch, pushDownKeys } from '../pushdown/push-down-keys.ts'
import type { Staging } from '../staging.ts'
import { type Change, type DeltaContext, touchedValues } from './delta.ts'

/** What changed on one side is joined with everything on the other. */
export function innerJoinDelta(deriving: DeltaContext, { left, right, on }: Join): Change {
  const { staging } = deriving
  const [l, r] = [deriving.of(left), deriving.of(right)]
  const columns = [...columnsOf(left), ...columnsOf(right)]
  const equal = equalities(on, new Set(columnsOf(left)), new Set(columnsOf(right)))
  const joined = async (leftRows: Relation, rightRows: Relation) =>
    join({ type: 'inner', left: leftRows, right: rightRows, on })
  const fromLeft = async (rows: Relation, others: Relation) =>
    joined(rows, await matchingRows(staging, others, { rows, equal, side: 'right' }))
  const fromRight = async (rows: Relation) => {
    if (rows.kind === 'empty') return empty(columns)
    return joined(await matchingRows(staging, await l.unchanged(), { rows, equal, side: 'left' }), rows)
  }
  return {
    unchanged: async () => joined(await l.unchanged(), await r.unchanged()),
    removed: once(async () => {
      const rows = [await fromLeft(await l.removed(), deriving.before(right)), await fromRight(await r.removed())]
      return unionAll(columns, rows)
    }),
    added: once(async () =>
      unionAll(columns, [await fromLeft(await l.added(), right), await fromRight(await r.added())]),
    ),
    groups: undefined,
  }
}

/** An operator in which each row of the left gives rows by itself, from all that it matches on the right. */
interface LookUp {
  readonly left: Relation
  readonly right: Relation
  readonly on: readonly Match[]
  readonly over: (left: Relation, right: Relation) => Relation
}

/** A row without a match gives one with nulls. */
export const leftJoin = ({ type, left, right, on }: Join): LookUp => ({
  left,
  right,
  on: matchesOf(on, left, right),
  over: (rows, others) => join({ type, left: rows, right: others, on }),
})

/** A row is kept, or not, by whether there is a match. */
export const semiJoin = ({ keep, input, set, on }: SemiJoin): LookUp => ({
  left: input,
  right: set,
  on,
  over: (rows, others) => matching({ keep, input: rows, set: others, on }),
})

/** Rows of the left that a changed row of the right matches are looked up anew, with all that they match. */
export function lookUpDelta(deriving: DeltaContext, { left, right, on, over }: LookUp): Change {
  const { staging } = deriving
  const [l, r] = [deriving.of(left), deriving.of(right)]
  const columns = columnsOf(left)
  const moves = deriving.moves(right)
  const touching = once(() => touchingRows(staging, r, { right, on }))
  const touched = once(async () => {
    if (!moves) return emptyAs(left)
    const rows = matching({ keep: 'some', input: await l.unchanged(), ...(await touching()) })
    return rows.kind === 'empty' ? rows : kept(staging, rows)
  })
  const lookedUp = async (some: readonly Relation[], others: Relation) => {
    const rows = unionAll(columns, some)
    const candidates = await matchingRows(staging, others, { rows, equal: equalitiesIn(on), side: 'right' })
    return over(rows, orNoRowsOf(candidates, others))
  }
  return {
    unchanged: async () => {
      const all = await l.unchanged()
      const rows = moves ? matching({ keep: 'none', input: all, ...(await touching()) }) : all
      return over(rows, orNoRowsOf(await r.unchanged(), right))
    },
    removed: once(async () => lookedUp([await l.removed(), await touched()], deriving.before(right))),
    added: once(async () => lookedUp([await l.added(), await touched()], right)),
    groups: undefined,
  }
}

/** The equalities among the conditions, or, without any, the condition as a whole. */
function matchesOf(on: Join['on'], left: Relation, right: Relation): readonly Match[] {
  const equal = equalities(on, new Set(columnsOf(left)), new Set(columnsOf(right)))
  if (equal.length > 0) return equal.map((sides) => ({ kind: 'equal', column: sides.left, among: sides.right }))
  return on ? [{ kind: 'condition', condition: on }] : []
}

const equalitiesIn = (on: readonly Match[]): readonly Equality[] =>
  on.flatMap((match) => (match.kind === 'equal' ? [{ left: match.column, right: match.among }] : []))

/** What tells a row of the left that a changed row of the right matches, or may match. */
async function touchingRows(
  staging: Staging,
  change: Change,
  { right, on }: Pick<LookUp, 'right' | 'on'>,
): Promise<Pick<SemiJoin, 'set' | 'on'>> {
  const all = columnsOf(right)
  const named = on.flatMap((match) =>
    match.kind === 'condition' ? referencesIn(match.condition).filter((column) => all.includes(column)) : [match.among],
  )
  const columns = named.length > 0 ? [...new Set(named)] : all
  const { relation: set } = await staging.stage(distinct(await touchedValues(change, columns)))
  const own = columnsOf(set)
  const fresh = new Map(columns.map((column, place) => [column, own[place] ?? '']))
  return { set, on: on.map((match) => withSet(match, fresh)) }
}

function withSet(match: Match, fresh: ReadonlyMap<ColumnId, ColumnId>): Match {
  if (match.kind === 'condition') return { kind: 'condition', condition: withColumns(match.condition, fresh) }
  return { ...match, among: fresh.get(match.among) ?? match.among }
}

interface JoinedRows {
  readonly rows: Relation
  readonly equal: readonly Equality[]
  /** On which side of the join the others are. */
  readonly side: 'left' | 'right'
}

/** Of the other side of a join, the rows that may match some of `rows`. */
async function matchingRows(staging: Staging, others: Relation, { rows, equal, side }: JoinedRows): Promise<Relation> {
  if (rows.kind === 'empty' || equal.length === 0 || !staging.isLarge(others)) return others
  const from = side === 'right' ? 'left' : 'right'
  const columns = [...new Set(equal.map((sides) => sides[from]))]
  const set = await staging.stage(distinct(project(rows, passed(columns))))
  const own = columnsOf(set.relation)
  const among = (column: ColumnId) => own[columns.indexOf(column)] ?? ''
  const on = equal.map((sides): ColumnMatch => ({ kind: 'equal', column: sides[side], among: among(sides[from]) }))
  return pushDownKeys(staging, others, { set, on })
}

/** The rows, worked out once for several uses. */
async function kept(staging: Staging, rows: Relation): Promise<Relation> {
  const { relation } = await staging.stage(rows)
  return renamed(relation, columnsOf(relation), columnsOf(rows))
}
