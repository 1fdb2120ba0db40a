/** Derives the delta of joins, semi joins and anti joins. */
import { type ColumnId, referencesIn, withColumns } from '../../expression/expression.ts'
import {
  distinct,
  empty,
  emptyAs,
  join,
  orNoRowsOf,
  passed,
  project,
  semiJoin,
  unionAll,
} from '../../relation/build.ts'
import { columnPairs } from '../../relation/columns.ts'
import { type Equality, equalities } from '../../relation/conditions.ts'
import { columnsOf, type Join, type Match, type Relation, type SemiJoin } from '../../relation/relation.ts'
import { lazy } from '../lazy.ts'
import { matchingRows, pushDownKeys } from '../pushdown/push-down-keys.ts'
import { type StagedRows, type Staging, stagedUnderOwnIds } from '../staging.ts'
import { type Delta, type DeltaContext, touchedValues } from './delta.ts'

/**
 * Joins the changed rows of each side with the other side. Changed rows of the left meet all rows
 * of the right, and changed rows of the right meet only the unchanged rows of the left, so that no
 * pair is counted twice.
 */
export function innerJoinDelta(context: DeltaContext, { left, right, on }: Join): Delta {
  const { staging } = context
  const [l, r] = [context.deltaOf(left), context.deltaOf(right)]
  const columns = [...columnsOf(left), ...columnsOf(right)]
  const equal = equalities(on, new Set(columnsOf(left)), new Set(columnsOf(right)))
  const joined = async (leftRows: Relation, rightRows: Relation) =>
    join({ type: 'inner', left: leftRows, right: rightRows, on })
  const fromLeft = async (changed: Relation, others: () => Promise<Relation>) => {
    if (changed.kind === 'empty') return empty(columns)
    const { rows, matching } = await matchingRows(staging, await others(), { rows: changed, equal, side: 'right' })
    return joined(rows, matching)
  }
  const fromRight = async (changed: Relation) => {
    if (changed.kind === 'empty') return empty(columns)
    const { rows, matching } = await matchingRows(staging, await l.unchanged(), { rows: changed, equal, side: 'left' })
    return joined(matching, rows)
  }
  return {
    unchanged: async () => joined(await l.unchanged(), await r.unchanged()),
    removed: lazy(async () =>
      unionAll(columns, [await fromLeft(await l.removed(), r.before), await fromRight(await r.removed())]),
    ),
    added: lazy(async () =>
      unionAll(columns, [await fromLeft(await l.added(), r.after), await fromRight(await r.added())]),
    ),
    before: async () => joined(await l.before(), await r.before()),
    after: async () => joined(await l.after(), await r.after()),
    groups: undefined,
  }
}

/**
 * An operator that looks up, for each row of the left by itself, all matching rows of the right.
 */
interface Lookup {
  readonly left: Relation
  readonly right: Relation
  readonly on: readonly Match[]
  /** The operator over other inputs. */
  readonly applyTo: (left: Relation, right: Relation) => Relation
  /** Whether a row of the left stays if it matches none of the right. */
  readonly keepsLeft: boolean
}

export const leftJoinLookup = ({ type, left, right, on }: Join): Lookup => ({
  left,
  right,
  on: matchesOf(on, left, right),
  applyTo: (rows, others) => join({ type, left: rows, right: others, on }),
  keepsLeft: true,
})

export const semiJoinLookup = ({ kind, left, right, on }: SemiJoin): Lookup => ({
  left,
  right,
  on,
  applyTo: (rows, others) => semiJoin({ kind, left: rows, right: others, on }),
  keepsLeft: false,
})

/** Looks up again each row of the left that changed, or that a changed row of the right matches. */
export function lookupDelta(context: DeltaContext, { left, right, on, applyTo, keepsLeft }: Lookup): Delta {
  const { staging } = context
  const [l, r] = [context.deltaOf(left), context.deltaOf(right)]
  const columns = columnsOf(left)
  const rightChanged = context.isChanged(right)
  const touching = lazy(() => touchingRows(staging, r, { right, on }))
  const touched = lazy(async () => {
    if (!rightChanged) return emptyAs(left)
    const rows = await touchedRows(staging, await l.unchanged(), await touching())
    return rows.kind === 'empty' ? rows : stagedUnderOwnIds(staging, rows)
  })
  const lookedUp = async (parts: readonly Relation[], others: () => Promise<Relation>) => {
    const changed = unionAll(columns, parts)
    if (changed.kind === 'empty') return applyTo(changed, right)
    const all = await others()
    const looked = { rows: changed, equal: equalitiesIn(on), side: 'right' } as const
    const { rows, matching } = await matchingRows(staging, all, looked)
    return applyTo(rows, orNoRowsOf(matching, all))
  }
  return {
    unchanged: async () => {
      const all = await l.unchanged()
      const rows = rightChanged ? matching('anti-join', all, await touching()) : all
      return applyTo(rows, orNoRowsOf(await r.unchanged(), right))
    },
    removed: lazy(async () => lookedUp([await l.removed(), await touched()], r.before)),
    added: lazy(async () => lookedUp([await l.added(), await touched()], r.after)),
    before: async () => applyTo(await l.before(), await r.before()),
    after: async () => applyTo(await l.after(), await r.after()),
    groups: undefined,
    ...(keepsLeft && {
      valuesOf: async (wanted: readonly ColumnId[]) => {
        if (!wanted.every((column) => columns.includes(column))) return undefined
        return unionAll(wanted, [await touchedValues(l, wanted), project(await touched(), passed(wanted))])
      },
    }),
  }
}

/** The column equalities of a join's condition; without any, the condition itself. */
function matchesOf(on: Join['on'], left: Relation, right: Relation): readonly Match[] {
  const equal = equalities(on, new Set(columnsOf(left)), new Set(columnsOf(right)))
  if (equal.length > 0) return equal.map((sides) => ({ kind: 'equality', ...sides }))
  return on ? [{ kind: 'condition', condition: on }] : []
}

const equalitiesIn = (on: readonly Match[]): readonly Equality[] =>
  on.flatMap((match) => (match.kind === 'equality' ? [{ left: match.left, right: match.right }] : []))

/**
 * Stages the values of changed rows of the right. A row of the left that can match such a row
 * matches the staged set.
 */
async function touchingRows(
  staging: Staging,
  delta: Delta,
  { right, on }: Pick<Lookup, 'right' | 'on'>,
): Promise<TouchingRows> {
  const all = columnsOf(right)
  const named = on.flatMap((match) =>
    match.kind === 'condition' ? referencesIn(match.condition).filter((column) => all.includes(column)) : [match.right],
  )
  const columns = named.length > 0 ? [...new Set(named)] : all
  const set = await staging.stage(distinct(await touchedValues(delta, columns)))
  const own = columnsOf(set.relation)
  const fresh = new Map(columnPairs(columns, own))
  return { set, on: on.map((match) => withRightColumns(match, fresh)) }
}

/** Staged values, and how a row of the left matches them. */
interface TouchingRows {
  readonly set: StagedRows
  readonly on: readonly Match[]
}

const matching = (kind: SemiJoin['kind'], left: Relation, { set, on }: TouchingRows): Relation =>
  semiJoin({ kind, left, right: set.relation, on })

/** The rows that match. Looks for equal columns first, since only those can be pushed down. */
async function touchedRows(staging: Staging, left: Relation, { set, on }: TouchingRows): Promise<Relation> {
  const equal = on.flatMap((match) => (match.kind === 'condition' ? [] : [match]))
  if (equal.length === 0 || !staging.isLarge(left)) return matching('semi-join', left, { set, on })
  const candidates = await pushDownKeys(staging, left, { set, on: equal })
  return equal.length === on.length ? candidates : matching('semi-join', candidates, { set, on })
}

function withRightColumns(match: Match, fresh: ReadonlyMap<ColumnId, ColumnId>): Match {
  if (match.kind === 'condition') return { kind: 'condition', condition: withColumns(match.condition, fresh) }
  return { ...match, right: fresh.get(match.right) ?? match.right }
}
