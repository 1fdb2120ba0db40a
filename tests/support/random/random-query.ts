/** Random queries over two small tables. */
import fc from 'fast-check'
import type { QueryCreator, SelectQueryBuilder } from 'kysely'

/** Two tables of integers. Only `id`, which numbers the rows, is never null. */
export const TABLES: ReadonlyMap<string, readonly string[]> = new Map([
  ['a', ['id', 'x', 'y', 'z']],
  ['b', ['id', 'x', 'y', 'w']],
])

type Tables = Record<string, Record<string, number | null>>
type Db = QueryCreator<Tables>
type Select = SelectQueryBuilder<Tables, string, Record<string, number | null>>

/**
 * The names of outputs. Inner queries can use the same names, so that one name means different
 * columns.
 */
const OUTPUTS = ['y', 'x', 'w', 'z', 'id']

/** A number chooses a column, modulo the number of columns. */
export type QuerySpec =
  | { readonly kind: 'table'; readonly table: string; readonly pick: readonly number[]; readonly other: number | null }
  | { readonly kind: 'ranked'; readonly table: string; readonly pick: readonly number[]; readonly keepFirst: boolean }
  | {
      readonly kind: 'narrowed'
      readonly of: QuerySpec
      readonly pick: readonly number[]
      readonly least: number | null
    }
  | { readonly kind: 'distinct'; readonly of: QuerySpec; readonly pick: readonly number[] }
  | { readonly kind: 'limited'; readonly of: QuerySpec; readonly rows: number }
  | { readonly kind: 'grouped'; readonly of: QuerySpec; readonly pick: readonly number[]; readonly least: number }
  | {
      readonly kind: 'joined'
      readonly left: QuerySpec
      readonly right: QuerySpec
      readonly pick: readonly number[]
      readonly outer: boolean | 'full' | 'right'
    }
  | { readonly kind: 'twice'; readonly of: QuerySpec; readonly pick: readonly number[] }
  | {
      readonly kind: 'correlated'
      readonly of: QuerySpec
      readonly table: string
      readonly pick: readonly number[]
      readonly not: boolean
    }
  | { readonly kind: 'among'; readonly of: QuerySpec; readonly others: QuerySpec; readonly pick: readonly number[] }
  | {
      readonly kind: 'looked'
      readonly of: QuerySpec
      readonly others: QuerySpec
      readonly pick: readonly number[]
      readonly condition: LookUp
    }
  | {
      readonly kind: 'valued'
      readonly of: QuerySpec
      readonly table: string
      readonly pick: readonly number[]
      readonly value: SubqueryValue
    }
  | { readonly kind: 'all'; readonly of: QuerySpec }
  | { readonly kind: 'combined'; readonly left: QuerySpec; readonly right: QuerySpec; readonly operator: SetOperator }

/** How a condition compares a row's value with the values of another query. */
type LookUp = 'not in' | 'in, or' | 'not in, or' | 'exists, or' | 'exists by order' | 'not exists, or' | 'pair in'
/** The value that a subquery gives in a select list or in a condition. */
type SubqueryValue = 'count' | 'sum' | 'greatest' | 'least of all' | 'above least' | 'below correlated'

type SetOperator = 'union' | 'unionAll' | 'intersect' | 'exceptAll'

const column = fc.nat({ max: 9 })
const pick = fc.array(column, { minLength: 1, maxLength: 4 })
const table = fc.constantFrom('a', 'b')
const small = fc.integer({ min: 0, max: 2 })
const sometimes = fc.option(small, { freq: 1 })
const operator = fc.constantFrom<SetOperator>('union', 'unionAll', 'unionAll', 'intersect', 'exceptAll')
const lookUp = fc.constantFrom<LookUp>(
  ...(['not in', 'in, or', 'not in, or', 'exists, or', 'exists by order', 'not exists, or', 'pair in'] as const),
)
const subqueryValue = fc.constantFrom<SubqueryValue>(
  ...(['count', 'sum', 'greatest', 'least of all', 'above least', 'below correlated'] as const),
)
const kind = <Kind extends string>(name: Kind) => fc.constant(name)

const queries = fc.letrec<{ query: QuerySpec; leaf: QuerySpec; branch: QuerySpec }>((tie) => {
  const of = tie('query')
  return {
    query: fc.oneof({ maxDepth: 3 }, tie('leaf'), tie('branch')),
    leaf: fc.oneof(
      fc.record({ kind: kind('table'), table, pick, other: sometimes }),
      fc.record({ kind: kind('ranked'), table, pick, keepFirst: fc.boolean() }),
    ),
    branch: fc.oneof(
      fc.record({ kind: kind('narrowed'), of, pick, least: sometimes }),
      fc.record({ kind: kind('distinct'), of, pick }),
      fc.record({ kind: kind('limited'), of, rows: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: kind('grouped'), of, pick, least: small }),
      fc.record({
        kind: kind('joined'),
        left: of,
        right: of,
        pick,
        outer: fc.constantFrom(true, false, 'full' as const, 'right' as const),
      }),
      fc.record({ kind: kind('twice'), of, pick }),
      fc.record({ kind: kind('correlated'), of, table, pick, not: fc.boolean() }),
      fc.record({ kind: kind('among'), of, others: of, pick }),
      fc.record({ kind: kind('looked'), of, others: of, pick, condition: lookUp }),
      fc.record({ kind: kind('valued'), of, table, pick, value: subqueryValue }),
      fc.record({ kind: kind('all'), of }),
      fc.record({ kind: kind('combined'), left: of, right: of, operator }),
    ),
  }
})

/**
 * A query that selects one or two columns of another query, so that it does not need all of that
 * query.
 */
export const randomQuery: fc.Arbitrary<QuerySpec> = fc.record({
  kind: kind('narrowed'),
  of: queries.branch,
  pick: fc.array(column, { minLength: 1, maxLength: 2 }),
  least: fc.constant(null),
})

interface Built {
  readonly query: Select
  readonly names: readonly string[]
}

export const selectOf = (spec: QuerySpec, db: unknown): Select => build(spec, db as Db).query

const at = (names: readonly string[], index = 0): string => names[index % names.length] ?? ''

/** The columns of the tables in FROM, with the aliases of the tables. */
const qualified = (sources: Readonly<Record<string, readonly string[]>>): readonly string[] =>
  Object.entries(sources).flatMap(([alias, names]) => names.map((name) => `${alias}.${name}`))

function picked(query: unknown, names: readonly string[], choice: readonly number[]): Built {
  const outputs = OUTPUTS.slice(0, choice.length)
  const selections = choice.map((index, position) => `${at(names, index)} as ${at(outputs, position)}`)
  return { query: (query as Select).select(selections) as unknown as Select, names: outputs }
}

function build(spec: QuerySpec, db: Db): Built {
  switch (spec.kind) {
    case 'table': {
      const names = TABLES.get(spec.table) ?? []
      const rows = db.selectFrom(spec.table)
      return picked(spec.other === null ? rows : rows.where(at(names, spec.other), '<>', spec.other), names, spec.pick)
    }
    case 'ranked':
      return ranked(spec, db)
    case 'narrowed': {
      const { query, names } = build(spec.of, db)
      const rows = db.selectFrom(query.as('t'))
      return picked(spec.least === null ? rows : rows.where(at(names, spec.least), '>=', spec.least), names, spec.pick)
    }
    case 'distinct': {
      const { query, names } = build(spec.of, db)
      return picked(db.selectFrom(query.as('t')).distinct(), names, spec.pick)
    }
    case 'limited': {
      const { query, names } = build(spec.of, db)
      const ordered = names.reduce(
        (rows, name) => rows.orderBy(name, 'desc'),
        db.selectFrom(query.as('t')).select([...names]),
      )
      return { query: ordered.limit(spec.rows) as unknown as Select, names }
    }
    case 'grouped':
      return grouped(spec, db)
    case 'joined':
      return joined(spec, db)
    case 'twice': {
      const { query, names } = build(spec.of, db)
      const both = db
        .with('shared', () => query)
        .selectFrom('shared as l')
        .innerJoin('shared as r', `l.${at(names, spec.pick[0])}`, `r.${at(names, spec.pick[1])}`)
      return picked(both, qualified({ l: names, r: names }), spec.pick)
    }
    case 'correlated':
      return correlated(spec, db)
    case 'among': {
      const { query, names } = build(spec.of, db)
      const others = build(spec.others, db)
      const among = db.selectFrom(others.query.as('t')).select(at(others.names, spec.pick[1]))
      return picked(db.selectFrom(query.as('t')).where(at(names, spec.pick[0]), 'in', among), names, spec.pick)
    }
    case 'looked':
      return looked(spec, db)
    case 'valued':
      return valued(spec, db)
    case 'all': {
      const { query, names } = build(spec.of, db)
      return { query: db.selectFrom(query.as('t')).selectAll() as unknown as Select, names }
    }
    case 'combined':
      return combined(spec, db)
  }
}

type Of<Kind extends QuerySpec['kind']> = Extract<QuerySpec, { kind: Kind }>

function combined(spec: Of<'combined'>, db: Db): Built {
  const [left, right] = [build(spec.left, db), build(spec.right, db)]
  const width = Math.min(left.names.length, right.names.length)
  const [first, second] = [left, right].map(({ query, names }) =>
    db.selectFrom(query.as('t')).select(names.slice(0, width)),
  )
  if (!first || !second) throw new Error('unreachable')
  return { query: first[spec.operator](second) as unknown as Select, names: left.names.slice(0, width) }
}

/**
 * The rank is the first output. A query that reads only the other outputs does not need the columns
 * that determine the rank.
 */
function ranked({ table, pick, keepFirst }: Of<'ranked'>, db: Db): Built {
  const names = TABLES.get(table) ?? []
  const inner = db
    .selectFrom(table)
    .selectAll()
    .select(({ fn }) =>
      fn
        .agg<number>('row_number')
        .over((over) => over.partitionBy(at(names, pick[0])).orderBy(at(names, pick[1]), 'desc').orderBy('id'))
        .as('rank'),
    )
  const outer = db.selectFrom(inner.as('t'))
  return picked(keepFirst ? outer.where('rank', '=', 1) : outer, ['rank', ...names], pick)
}

function grouped({ of, pick, least }: Of<'grouped'>, db: Db): Built {
  const { query, names } = build(of, db)
  const [key, summed, greatest] = [0, 1, 2].map((index) => `t.${at(names, pick[index % pick.length])}`)
  const rows = db
    .selectFrom(query.as('t'))
    .groupBy(key ?? '')
    .having(({ fn }) => fn.count(summed ?? ''), '>=', least)
    .select(({ fn }) => [
      `${key} as x`,
      fn.sum<number>(summed ?? '').as('y'),
      fn.max<number>(greatest ?? '').as('w'),
      fn.countAll<number>().as('z'),
    ])
  return { query: rows as unknown as Select, names: ['x', 'y', 'w', 'z'] }
}

function joined({ left, right, pick, outer }: Of<'joined'>, db: Db): Built {
  const [l, r] = [build(left, db), build(right, db)]
  const from = db.selectFrom(l.query.as('l'))
  const on = [`l.${at(l.names, pick[0])}`, `r.${at(r.names, pick[1])}`] as const
  const rows =
    outer === 'full'
      ? from.fullJoin(r.query.as('r'), ...on)
      : outer === 'right'
        ? from.rightJoin(r.query.as('r'), ...on)
        : outer
          ? from.leftJoin(r.query.as('r'), ...on)
          : from.innerJoin(r.query.as('r'), ...on)
  return picked(rows, qualified({ l: l.names, r: r.names }), pick)
}

function correlated({ of, table, pick, not }: Of<'correlated'>, db: Db): Built {
  const { query, names } = build(of, db)
  const inside = TABLES.get(table) ?? []
  const rows = db.selectFrom(query.as('t')).where((eb) => {
    const found = eb
      .selectFrom(table)
      .select(at(inside, pick[1]))
      .whereRef(at(inside, pick[0]), '=', `t.${at(names, pick[1])}`)
    return not ? eb.not(eb.exists(found)) : eb.exists(found)
  })
  return picked(rows, names, pick)
}

function looked({ of, others, pick, condition }: Of<'looked'>, db: Db): Built {
  const { query, names } = build(of, db)
  const { query: set, names: setNames } = build(others, db)
  const [own, other] = [at(names, pick[0]), at(setNames, pick[1])]
  const among = (...columns: readonly string[]) => db.selectFrom(set.as('s')).select([...columns])
  const correlated = (operator: '=' | '<') =>
    db.selectFrom(set.as('s')).select(`s.${other}`).whereRef(`s.${other}`, operator, `t.${own}`)
  const rows = db.selectFrom(query.as('t')).where((eb) => {
    const isOne = eb(`t.${at(names, pick[2])}`, '=', 1)
    switch (condition) {
      case 'not in':
        return eb(`t.${own}`, 'not in', among(other))
      case 'in, or':
        return eb.or([isOne, eb(`t.${own}`, 'in', among(other))])
      case 'not in, or':
        return eb.or([eb(`t.${own}`, 'not in', among(other)), isOne])
      case 'exists, or':
        return eb.or([eb.exists(correlated('=')), isOne])
      case 'exists by order':
        return eb.or([isOne, eb.exists(correlated('<'))])
      case 'not exists, or':
        return eb.or([eb.not(eb.exists(correlated('='))), isOne])
      case 'pair in': {
        const pair = eb.refTuple(`t.${own}`, `t.${at(names, pick[2])}`)
        return eb(pair, 'in', among(other, at(setNames, pick[3])) as never)
      }
    }
  })
  return picked(rows, names, pick)
}

/** Puts the value of the subquery first among the outputs. */
function valued({ of, table, pick, value }: Of<'valued'>, db: Db): Built {
  const { query, names } = build(of, db)
  const inside = TABLES.get(table) ?? []
  const [key, summed] = [at(inside, pick[0]), at(inside, pick[1])]
  const own = at(names, pick[2])
  const from = db.selectFrom(`${table} as inner`)
  const correlated = from.whereRef(`inner.${key}`, '=', `t.${own}`)
  const least = from.select(({ fn }) => fn.min(`inner.${summed}`).as('least'))
  const outer = db.selectFrom(query.as('t'))
  const wrapped = (select: unknown) =>
    outer
      .select(names.map((name) => `t.${name} as ${name}_`))
      .select(() => [(select as { as(name: string): never }).as('value')])
  const all = ['value', ...names.map((name) => `${name}_`)]
  const pickedFrom = (rows: unknown) => picked(db.selectFrom((rows as Select).as('v')), all, pick)
  switch (value) {
    case 'count':
      return pickedFrom(wrapped(correlated.select(({ fn }) => fn.count(`inner.${summed}`).as('n'))))
    case 'sum':
      return pickedFrom(wrapped(correlated.select(({ fn }) => fn.sum(`inner.${summed}`).as('n'))))
    case 'greatest':
      return pickedFrom(
        wrapped(correlated.where(`inner.${summed}`, '>', 0).select(({ fn }) => fn.max(`inner.${summed}`).as('n'))),
      )
    case 'least of all':
      return pickedFrom(wrapped(least))
    case 'above least':
      return picked(
        outer.where((eb) => eb(`t.${own}`, '>', least as never)),
        names,
        pick,
      )
    case 'below correlated':
      return picked(
        outer.where((eb) =>
          eb(`t.${own}`, '<=', correlated.select(({ fn }) => fn.max(`inner.${summed}`).as('n')) as never),
        ),
        names,
        pick,
      )
  }
}
