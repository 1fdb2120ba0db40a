/**
 * Derives from which upstream columns each column of a query comes, and which ones decide about its
 * rows.
 */
import { type ColumnId, type Expression, partsOf, referencesIn } from '../expression/expression.ts'
import { columnAt } from './columns.ts'
import { columnsOf, type Match, type NamedColumn, type Relation, sourcesOfValues } from './relation.ts'

/**
 * How a value depends on an upstream column. `identity`: it is that value. `transformation`: it is
 * computed from it. `aggregation`: it is computed from the values of several rows. The others
 * decide which value it is: `condition` in a CASE, `window` as partition or order of a window.
 */
export type Derivation = 'identity' | 'transformation' | 'aggregation' | 'condition' | 'window'

/** What an upstream column decides about the rows of a query. */
export type RowInfluence = 'filter' | 'join' | 'group' | 'sort'

/** An upstream column on which a column, or all rows, of a query depend. */
export interface Dependence<How> {
  /** The upstream's name in the query. */
  readonly alias: string
  readonly column: string
  /** All ways in which it depends on the column. */
  readonly how: readonly How[]
}

interface ColumnLineage {
  /** Output name -> the upstream columns that its values depend on. None for a constant. */
  readonly columns: ReadonlyMap<string, readonly Dependence<Derivation>[]>
  /** The upstream columns that decide which rows the query has. */
  readonly rows: readonly Dependence<RowInfluence>[]
}

/** Derives the lineage of a query's outputs. */
export function columnLineage(relation: Relation, outputs: readonly NamedColumn[]): ColumnLineage {
  const { columns, rows } = traced(relation)
  const named = outputs.map(({ name, id }) => [name, listed(columns.get(id) ?? NONE)] as const)
  return { columns: new Map(named), rows: listed(rows) }
}

/** Alias and column, as one text -> the ways. */
type Dependences<How> = ReadonlyMap<string, ReadonlySet<How>>

interface Traced {
  readonly columns: ReadonlyMap<ColumnId, Dependences<Derivation>>
  readonly rows: Dependences<RowInfluence>
}

const NONE: Dependences<never> = new Map()

function listed<How>(dependences: Dependences<How>): readonly Dependence<How>[] {
  return [...dependences].map(([key, how]) => {
    const [alias = '', column = ''] = key.split('\0')
    return { alias, column, how: [...how] }
  })
}

function traced(relation: Relation): Traced {
  switch (relation.kind) {
    case 'scan': {
      const columns = relation.columns.map(({ id, name }) => [id, scanned(relation.alias, name)] as const)
      return { columns: new Map(columns), rows: NONE }
    }
    case 'staged':
    case 'empty':
      return { columns: new Map(), rows: NONE }
    case 'filter':
      return influenced(traced(relation.input), 'filter', referencesIn(relation.predicate))
    case 'project': {
      const input = traced(relation.input)
      const columns = relation.outputs.map(({ id, expression }) => [id, derived(expression, input)] as const)
      return { columns: new Map(columns), rows: input.rows }
    }
    case 'expand': {
      const ends = sourcesOfValues(relation.values)
      const input = influenced(traced(relation.input), 'filter', ends)
      return withColumn(
        input,
        relation.id,
        merged(ends.map((end) => through('transformation', input.columns.get(end)))),
      )
    }
    case 'join':
      return influenced(sideBySide(relation), 'join', relation.on ? referencesIn(relation.on) : [])
    case 'semi-join':
    case 'anti-join':
      return influenced(sideBySide(relation), 'join', relation.on.flatMap(columnsCompared))
    case 'aggregate': {
      const input = influenced(traced(relation.input), 'group', relation.keys)
      const keys = relation.keys.map((key) => [key, input.columns.get(key) ?? NONE] as const)
      const functions = relation.functions.map(({ id, expression }) => [id, derived(expression, input)] as const)
      return { columns: new Map([...keys, ...functions]), rows: input.rows }
    }
    case 'window': {
      const input = traced(relation.input)
      const partition = relation.partitionBy.map((key) => through('window', input.columns.get(key)))
      const add = (all: Traced, { id, expression }: (typeof relation.functions)[number]) =>
        withColumn(all, id, merged([derived(expression, input), ...partition]))
      return relation.functions.reduce(add, input)
    }
    case 'distinct':
      return influenced(traced(relation.input), 'group', columnsOf(relation))
    case 'union-all':
      return united(relation.columns, relation.inputs)
    case 'set-operation':
      return ofSets(relation)
    case 'limit': {
      const order = relation.orderBy.flatMap(({ expression }) => referencesIn(expression))
      return influenced(traced(relation.input), 'sort', order)
    }
  }
}

const scanned = (alias: string, column: string): Dependences<Derivation> =>
  new Map([[`${alias}\0${column}`, new Set(['identity'] as const)]])

function sideBySide({ left, right }: { readonly left: Relation; readonly right: Relation }): Traced {
  const [one, other] = [traced(left), traced(right)]
  return { columns: new Map([...one.columns, ...other.columns]), rows: merged([one.rows, other.rows]) }
}

/** Matches the columns of several inputs by their positions. */
function united(columns: readonly ColumnId[], inputs: readonly Relation[]): Traced {
  const sides = inputs.map((input) => ({ ids: columnsOf(input), ...traced(input) }))
  const united = columns.map((id, index) => {
    const same = sides.map(({ ids, columns }) => columns.get(columnAt(ids, index)) ?? NONE)
    return [id, merged(same)] as const
  })
  return { columns: new Map(united), rows: merged(sides.map(({ rows }) => rows)) }
}

/** The rows of EXCEPT come from its left side, and its right side decides which of them stay. */
function ofSets(relation: Extract<Relation, { readonly kind: 'set-operation' }>): Traced {
  const { columns, left, right, operator } = relation
  switch (operator) {
    case 'union':
      return influenced(united(columns, [left, right]), 'group', columns)
    case 'intersect':
    case 'intersect all':
      return influenced(united(columns, [left, right]), 'filter', columns)
    case 'except':
    case 'except all': {
      const compared = influenced(united(columns, [left, right]), 'filter', columns)
      return { columns: united(columns, [left]).columns, rows: compared.rows }
    }
  }
}

/** Adds the columns to those that decide about the rows. */
function influenced(traced: Traced, influence: RowInfluence, columns: readonly ColumnId[]): Traced {
  const added = columns.map(
    (id) => new Map([...(traced.columns.get(id) ?? NONE).keys()].map((key) => [key, new Set([influence])])),
  )
  return { columns: traced.columns, rows: merged([traced.rows, ...added]) }
}

function withColumn({ columns, rows }: Traced, id: ColumnId, dependences: Dependences<Derivation>): Traced {
  return { columns: new Map([...columns, [id, dependences]]), rows }
}

function columnsCompared(match: Match): readonly ColumnId[] {
  return match.kind === 'condition' ? referencesIn(match.condition) : [match.left, match.right]
}

/** The upstream columns on which an expression over the input's rows depends. */
function derived(expression: Expression, input: Traced): Dependences<Derivation> {
  const parts = (how: Derivation, expressions: readonly Expression[]) =>
    merged(expressions.map((part) => through(how, derived(part, input))))
  switch (expression.kind) {
    case 'column':
      return input.columns.get(expression.id) ?? NONE
    case 'literal':
      return NONE
    case 'call':
    case 'cast':
    case 'raw':
      return parts('transformation', partsOf(expression))
    case 'case': {
      const results = [...expression.branches.map(({ result }) => result), expression.otherwise]
      const conditions = expression.branches.map(({ when }) => when)
      return merged([parts('transformation', results), parts('condition', conditions)])
    }
    case 'aggregate':
    case 'window': {
      const { args, filter, orderBy } = expression
      const partition = expression.kind === 'window' ? expression.partitionBy : []
      const order = orderBy.map(({ expression }) => expression)
      return merged([
        parts('aggregation', args),
        parts('condition', filter ? [filter] : []),
        parts('window', [...partition, ...order]),
      ])
    }
  }
}

const STRENGTH: Readonly<Record<Derivation, number>> = {
  identity: 0,
  transformation: 1,
  aggregation: 2,
  condition: 3,
  window: 3,
}

/**
 * The dependences of a value that is made in the way `outer` from a value with these dependences.
 * The stronger way counts: `outer` if both are equal.
 */
function through(outer: Derivation, dependences: Dependences<Derivation> = NONE): Dependences<Derivation> {
  const combined = (inner: Derivation) => (STRENGTH[inner] > STRENGTH[outer] ? inner : outer)
  return new Map([...dependences].map(([key, how]) => [key, new Set([...how].map(combined))]))
}

function merged<How>(all: readonly Dependences<How>[]): Dependences<How> {
  const [only, ...others] = all
  if (only && others.length === 0) return only
  const result = new Map<string, Set<How>>()
  for (const [key, how] of all.flatMap((dependences) => [...dependences])) {
    result.set(key, new Set([...(result.get(key) ?? []), ...how]))
  }
  return result
}
