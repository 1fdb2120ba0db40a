/**
 * Proofs for the compiler: the types that queries have. Each line under `@ts-expect-error` must not
 * compile.
 */
import {
  bigint,
  boolean,
  date,
  decimal,
  defineAsset,
  defineSource,
  double,
  int,
  type Queries,
  text,
  timestamp,
} from 'lake'
import type { FunctionName } from '../../framework/query/builder/function-names.ts'
import type {
  Bigint,
  Bool,
  DateOnly,
  Decimal,
  Double,
  Int,
  Text,
  Timestamp,
} from '../../framework/query/builder/types/kinds.ts'
import type { Rows } from '../../framework/query/builder/types/rows.ts'
import type { NoScope } from '../../framework/query/builder/types/scope.ts'
import type { Functions } from '../../framework/query/builder/types/select.ts'

const plays = defineSource({
  key: 'plays',
  columns: {
    id: bigint(),
    song: text().min(1),
    place: text().nullable(),
    seconds: int().min(0),
    rating: int().nullable(),
    price: decimal(10, 2),
    rate: double(),
    day: date(),
    at: timestamp(),
    paid: boolean(),
  },
})
const songs = defineSource({ key: 'songs', columns: { song: text(), year: int(), length: double().nullable() } })

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type OutputOf<Query> = Query extends Rows<infer Output> ? Output : never
const proof = <_Holds extends true>() => undefined

/** Never called: the compiler alone reads it. */
export function proofs(db: Queries<{ plays: typeof plays; songs: typeof songs }>) {
  // Columns have the types that are declared, through refinements and nullable().
  const columns = db
    .selectFrom('plays')
    .select(['id', 'song', 'place', 'seconds', 'rating', 'price', 'rate', 'day', 'at', 'paid', '_file', '_line'])
  proof<
    Equal<
      OutputOf<typeof columns>,
      {
        id: Bigint
        song: Text
        place: Text | null
        seconds: Int
        rating: Int | null
        price: Decimal
        rate: Double
        day: DateOnly
        at: Timestamp
        paid: Bool
        _file: Text
        _line: Bigint
      }
    >
  >()
  const renamed = db.selectFrom('songs').select(['song as title', 'songs.year'])
  proof<Equal<OutputOf<typeof renamed>, { title: Text; year: Int }>>()
  const everything = db.selectFrom('songs as s').selectAll('s').select('s._line as line')
  proof<Equal<OutputOf<typeof everything>['length'], Double | null>>()
  proof<Equal<OutputOf<typeof everything>['line'], Bigint>>()

  // Constants compare with every column that can have their value.
  db.selectFrom('plays')
    .where('id', '=', 1)
    .where('id', '=', 1n)
    .where('seconds', '<', 30.5)
    .where('price', '>', '0.055')
    .where('price', 'in', ['0.05', 1, 2n])
    .where('rate', '>', 1n)
    .where('day', '>=', '2018-11-01')
    .where('at', '<', '2018-11-01T00:00:00Z')
    .where('at', '<', new Date(0))
    .where('paid', '=', true)
    .where('place', 'is', null)
    .where('place', 'is distinct from', null)
    .where('seconds', '=', (eb) => eb.ref('rating'))
    .where((eb) => eb.fn.year('at'), '=', 2018)
    .where('song', 'in', ({ selectFrom }) => selectFrom('songs').select('song'))
    .where(({ eb, refTuple, selectFrom }) =>
      eb(refTuple('song', 'seconds'), 'in', selectFrom('songs').select(['songs.song', 'songs.year'])),
    )
    .where(({ between }) => between('day', '2018-11-01', '2018-11-30'))
    .where(({ eb }) =>
      eb('seconds', '>', 1)
        .and('rating', '>', 2)
        .or(eb('paid', '=', true)),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('songs').whereRef('songs.song', '=', 'plays.song').selectAll())),
    )

  // Arithmetic: the wider type; a quotient is a double; null where the divisor may be zero.
  const sums = db
    .selectFrom('plays')
    .select((eb) => [
      eb('seconds', '+', 1).as('a'),
      eb('seconds', '+', eb.ref('id')).as('b'),
      eb('seconds', '*', eb.ref('price')).as('c'),
      eb('price', '*', 0.05).as('d'),
      eb('price', '*', eb.ref('rate')).as('e'),
      eb('rating', '-', 1).as('f'),
      eb('seconds', '/', 2).as('g'),
      eb('seconds', '/', eb.ref('id')).as('h'),
      eb('seconds', '%', 0).as('i'),
      eb('seconds', '*', 0.5).as('j'),
      eb(eb('seconds', '+', 1), '*', 2).as('k'),
      eb.neg('price').as('l'),
      eb.fn.multiply('price', eb.fn.subtract(1, 'price')).as('m'),
    ])
  proof<
    Equal<
      OutputOf<typeof sums>,
      {
        a: Int
        b: Bigint
        c: Decimal
        d: Decimal
        e: Double
        f: Int | null
        g: Double
        h: Double | null
        i: Int | null
        j: Double
        k: Int
        l: Decimal
        m: Decimal
      }
    >
  >()

  // Conditions are null where a side may be null.
  const conditions = db
    .selectFrom('plays')
    .select((eb) => [
      eb('seconds', '>', 1).as('a'),
      eb('rating', '>', 1).as('b'),
      eb('rating', 'is', null).as('c'),
      eb('rating', 'is not distinct from', 1).as('d'),
    ])
  proof<Equal<OutputOf<typeof conditions>, { a: Bool; b: Bool | null; c: Bool; d: Bool }>>()

  // CASE: the branches' type; null without ELSE.
  const cases = db
    .selectFrom('plays')
    .select((eb) => [
      eb.case().when('seconds', '>', 1).then(1).else(0).end().as('a'),
      eb.case().when('seconds', '>', 1).then('x').end().as('b'),
      eb.case().when('paid', '=', true).then(eb.ref('price')).else(0).end().as('c'),
      eb.case('song').when('x').then(eb.ref('place')).else(null).end().as('d'),
    ])
  proof<Equal<OutputOf<typeof cases>['a'], Int>>()
  proof<Equal<OutputOf<typeof cases>['c'], Decimal>>()
  proof<Equal<OutputOf<typeof cases>['d'], Text | null>>()
  proof<null extends OutputOf<typeof cases>['b'] ? true : false>()

  // A row for each value of a range.
  const days = db
    .selectFrom('plays')
    .select(({ fn, val }) => ['song', fn.series('day', fn.toDate(val('2030-01-01')), 'day').as('d')])
  const hours = db.selectFrom('plays').select(({ fn }) => fn.series('day', 'at', 'hour').as('h'))
  const ratings = db.selectFrom('plays').select(({ fn }) => fn.series('rating', 'seconds', 5).as('r'))
  const numbers = db.selectFrom('plays').select(({ fn }) => fn.series(1, 'id').as('n'))
  proof<Equal<OutputOf<typeof days>, { song: Text; d: DateOnly }>>()
  proof<Equal<OutputOf<typeof hours>, { h: Timestamp }>>()
  proof<Equal<OutputOf<typeof ratings>, { r: Int }>>()
  proof<Equal<OutputOf<typeof numbers>, { n: Bigint }>>()

  // Functions.
  const calls = db
    .selectFrom('plays')
    .select(({ fn, val }) => [
      fn.upper('song').as('a'),
      fn.upper('place').as('b'),
      fn.concat(fn.toText('id'), '-', 'constant').as('c'),
      fn.length('place').as('d'),
      fn.coalesce('place', val('nowhere')).as('e'),
      fn.coalesce('rating', 'seconds', 0).as('f'),
      fn.coalesce('rating', 'price').as('g'),
      fn.nullIf('seconds', 0).as('h'),
      fn.year('day').as('i'),
      fn.truncate('at', 'month').as('j'),
      fn.addTo('day', 1, 'month').as('k'),
      fn.toDecimal('seconds', 10, 2).as('l'),
      fn.greatest('seconds', 'id').as('m'),
      fn.round('price', 1).as('n'),
      fn.toDouble('song').as('o'),
      fn.iff(fn.startsWith('song', 'a'), 'seconds', 0).as('p'),
      fn.intDivide('id', 'seconds').as('q'),
      fn.substring('song', 1, 2).as('r'),
      fn.power('seconds', 2).as('s'),
      fn.power('seconds', -1).as('t'),
      fn.ln('seconds').as('u'),
      fn.exp(fn.log10('rating')).as('v'),
    ])
  proof<
    Equal<
      OutputOf<typeof calls>,
      {
        a: Text
        b: Text | null
        c: Text
        d: Int | null
        e: Text
        f: Int
        g: Decimal
        h: Int | null
        i: Int
        j: Timestamp
        k: DateOnly
        l: Decimal
        m: Bigint
        n: Decimal
        o: Double
        p: Int
        q: Bigint | null
        r: Text
        s: Double
        t: Double | null
        u: Double
        v: Double | null
      }
    >
  >()

  const raw = db
    .selectFrom('plays')
    .select(({ fn }) =>
      fn
        .sqlFor({ duckdb: 'soundex($1)', spark: 'soundex($1)' }, { type: text().nullable(), args: ['song', 1] })
        .as('a'),
    )
  proof<Equal<OutputOf<typeof raw>, { a: Text | null }>>()

  // Aggregates infer their types.
  const aggregates = db
    .selectFrom('plays')
    .select(({ fn }) => [
      fn.sum('seconds').as('a'),
      fn.sum('price').as('b'),
      fn.sum('rate').as('c'),
      fn.sum('rating').as('d'),
      fn.avg('price').as('e'),
      fn.count('place').as('f'),
      fn.countRows().filterWhere('paid', '=', true).as('g'),
      fn.max('day').as('h'),
      fn.sum('seconds').filterWhere('paid', '=', true).as('i'),
      fn.minBy('place', 'at').as('j'),
      fn.stringAgg('song', ', ').orderBy('at').as('k'),
      fn.stddev('rate').as('l'),
      fn.count('song').distinct().as('m'),
    ])
  proof<
    Equal<
      OutputOf<typeof aggregates>,
      {
        a: Bigint
        b: Decimal
        c: Double
        d: Bigint | null
        e: Double
        f: Bigint
        g: Bigint
        h: DateOnly
        i: Bigint | null
        j: Text | null
        k: Text
        l: Double | null
        m: Bigint
      }
    >
  >()

  // Windows.
  const windows = db.selectFrom('plays').select(({ fn }) => [
    fn
      .rowNumber()
      .over((over) => over.partitionBy('song').orderBy('at', 'desc').orderBy('id'))
      .as('a'),
    fn
      .lag('seconds')
      .over((over) => over.orderBy('at'))
      .as('b'),
    fn
      .lag('seconds', 1, 0)
      .over((over) => over.orderBy('at'))
      .as('c'),
    fn
      .sum('price')
      .over((over) => over.partitionBy(['song', 'day']).orderBy('at').rows(-2, 0))
      .as('d'),
    fn
      .firstValue('place')
      .over((over) => over.orderBy('at', (order) => order.desc().nullsFirst()))
      .as('e'),
  ])
  proof<Equal<OutputOf<typeof windows>, { a: Bigint; b: Int | null; c: Int; d: Decimal; e: Text | null }>>()

  // Joins.
  const left = db.selectFrom('plays').leftJoin('songs', 'songs.song', 'plays.song').select(['seconds', 'year'])
  proof<Equal<OutputOf<typeof left>, { seconds: Int; year: Int | null }>>()
  const right = db.selectFrom('plays').rightJoin('songs', 'songs.song', 'plays.song').select(['seconds', 'year'])
  proof<Equal<OutputOf<typeof right>, { seconds: Int | null; year: Int }>>()
  const full = db.selectFrom('plays').fullJoin('songs', 'songs.song', 'plays.song').select(['seconds', 'year'])
  proof<Equal<OutputOf<typeof full>, { seconds: Int | null; year: Int | null }>>()
  const cross = db.selectFrom('plays').crossJoin('songs as s').select(['seconds', 's.year'])
  proof<Equal<OutputOf<typeof cross>, { seconds: Int; year: Int }>>()
  const several = db
    .selectFrom(['plays as p', 'songs as s'])
    .whereRef('p.song', '=', 's.song')
    .select(['p.id', 's.year'])
  proof<Equal<OutputOf<typeof several>, { id: Bigint; year: Int }>>()
  const on = db
    .selectFrom('plays as p')
    .innerJoin('songs as s', (join) => join.onRef('s.song', '=', 'p.song').on('s.year', '>', 2000))
    .select('s.year')
  proof<Equal<OutputOf<typeof on>, { year: Int }>>()

  // Subqueries, WITH, set operations.
  const scalar = db.selectFrom('songs').select(({ selectFrom }) => [
    'song',
    selectFrom('plays')
      .whereRef('plays.song', '=', 'songs.song')
      .select(({ fn }) => fn.max('plays.at').as('latest'))
      .as('latest'),
  ])
  proof<Equal<OutputOf<typeof scalar>, { song: Text; latest: Timestamp | null }>>()
  const withQuery = db
    .with('long', (cte) => cte.selectFrom('plays').where('seconds', '>', 100).select(['id', 'song']))
    .selectFrom('long')
    .innerJoin('songs', 'songs.song', 'long.song')
    .select(['long.id', 'year'])
  proof<Equal<OutputOf<typeof withQuery>, { id: Bigint; year: Int }>>()
  const union = db
    .selectFrom('plays')
    .select('seconds as n')
    .unionAll(db.selectFrom('plays').select('id as n'))
    .except(({ selectFrom }) => selectFrom('songs').select('year as n'))
  proof<Equal<OutputOf<typeof union>, { n: Bigint }>>()
  const nullable = db.selectFrom('plays').select('seconds as n').union(db.selectFrom('plays').select('rating as n'))
  proof<Equal<OutputOf<typeof nullable>, { n: Int | null }>>()
  const derived = db
    .selectFrom(db.selectFrom('plays').select(['id', 'rating as stars']).as('rated'))
    .where('rated.stars', '>', 3)
    .select(['id', 'stars'])
    .$call((query) => query.distinct())
  proof<Equal<OutputOf<typeof derived>, { id: Bigint; stars: Int | null }>>()
  const known = db.selectFrom('plays').select(({ ref }) => ref('place').$notNull().as('place'))
  proof<Equal<OutputOf<typeof known>, { place: Text }>>()
  // A column of the subquery hides one of the query around it.
  const hidden = db
    .selectFrom('plays')
    .leftJoin('songs as s', 's.song', 'plays.song')
    .select(({ selectFrom }) => selectFrom('songs').select('year').as('own'))
  proof<Equal<OutputOf<typeof hidden>, { own: Int | null }>>()

  // Groups and orders may name outputs.
  db.selectFrom('plays')
    .select(({ fn }) => [fn.year('day').as('season'), fn.countRows().as('n')])
    .groupBy('season')
    .having(({ fn }) => fn.countRows(), '>', 1)
    .orderBy('n', 'desc')
    .orderBy('season', (order) => order.asc().nullsFirst())
    .limit(10)
    .offset(5)

  const query = db.selectFrom('plays').select('id')
  // @ts-expect-error text is no number
  db.selectFrom('plays').where('song', '>', 1)
  // @ts-expect-error a column of text is no date
  db.selectFrom('plays').whereRef('song', '=', 'day')
  // @ts-expect-error a decimal does not compare with a column of text
  db.selectFrom('plays').where('price', '=', (eb) => eb.ref('song'))
  // @ts-expect-error a condition is needed
  db.selectFrom('plays').where((eb) => eb.ref('song'))
  // @ts-expect-error the subquery gives text
  db.selectFrom('plays').where('seconds', 'in', db.selectFrom('songs').select('song'))
  // @ts-expect-error like is for text
  db.selectFrom('plays').where('seconds', 'like', '1%')
  // @ts-expect-error ilike differs between engines
  db.selectFrom('plays').where('song', 'ilike', 'a%')
  // @ts-expect-error both ends have to compare
  db.selectFrom('plays').where((eb) => eb.between('day', '2018-11-01', 5))
  // @ts-expect-error not needs a condition
  db.selectFrom('plays').where((eb) => eb.not('song'))
  // @ts-expect-error a date plus a number: fn.addTo
  db.selectFrom('plays').select((eb) => eb('day', '+', 1).as('x'))
  // @ts-expect-error there is no exact text of a double
  db.selectFrom('plays').select(({ fn }) => fn.toText('rate').as('x'))
  // @ts-expect-error the hour of a date
  db.selectFrom('plays').select(({ fn }) => fn.hour('day').as('x'))
  // @ts-expect-error arguments of one type
  db.selectFrom('plays').select(({ fn }) => fn.coalesce('rating', 'song').as('x'))
  // @ts-expect-error there is no such unit
  db.selectFrom('plays').select(({ fn }) => fn.truncate('at', 'fortnight').as('x'))
  // @ts-expect-error a series of text
  db.selectFrom('plays').select(({ fn }) => fn.series('song', 'song', 'day').as('x'))
  // @ts-expect-error a series from a date to a number
  db.selectFrom('plays').select(({ fn }) => fn.series('day', 'seconds', 'day').as('x'))
  // @ts-expect-error a series of dates needs a unit
  db.selectFrom('plays').select(({ fn }) => fn.series('day', 'day').as('x'))
  // @ts-expect-error a series of dates has no hours
  db.selectFrom('plays').select(({ fn }) => fn.series('day', 'day', 'hour').as('x'))
  // @ts-expect-error a series of numbers has no unit
  db.selectFrom('plays').select(({ fn }) => fn.series('seconds', 'id', 'day').as('x'))
  // @ts-expect-error a series is an output, and no part of an expression
  db.selectFrom('plays').select(({ fn }) => fn.year(fn.series('day', 'day', 'day')).as('x'))
  // @ts-expect-error a sum of text
  db.selectFrom('plays').select(({ fn }) => fn.sum('song').as('x'))
  // @ts-expect-error `sec` is no column
  db.selectFrom('plays').select(({ fn }) => fn.sum('sec').as('x'))
  // @ts-expect-error rowNumber needs a window
  db.selectFrom('plays').select(({ fn }) => fn.rowNumber().as('x'))
  // @ts-expect-error the columns differ
  query.union(db.selectFrom('songs').select('year'))
  // @ts-expect-error the types differ
  query.union(db.selectFrom('songs').select('song as id'))
  // @ts-expect-error columns around a query are not seen by its joins
  db.selectFrom('plays').innerJoin('songs', 'songs.song', 'other.song')
  const texts = { duckdb: '$1', spark: '$1' }
  // @ts-expect-error `sonf` is no column
  db.selectFrom('plays').select(({ fn }) => fn.sqlFor(texts, { type: text(), args: ['sonf'] }).as('x'))
  // @ts-expect-error raw functions are not part of the language
  db.selectFrom('plays').select(({ fn }) => fn.agg('row_number').as('x'))
}

const options = { key: 'x', upstream: { plays } } as const

// What a column can hold: exact conversions only.
export const wider = defineAsset({
  ...options,
  columns: { a: bigint(), b: double(), c: decimal(12, 0), d: int(), e: decimal(20, 0), f: decimal(3, 1), g: double() },
  query: ({ db }) =>
    db
      .selectFrom('plays')
      .select(['seconds as a', 'seconds as b', 'seconds as c', 'id as d', 'id as e'])
      .select(({ val }) => [val(0.5).as('f'), val(0.5).as('g')]),
})

export const bigintAsDouble = defineAsset({
  ...options,
  columns: { a: double() },
  // @ts-expect-error not every bigint is a double
  query: ({ db }) => db.selectFrom('plays').select('id as a'),
})

export const decimalAsDouble = defineAsset({
  ...options,
  columns: { a: double() },
  // @ts-expect-error a decimal is no double
  query: ({ db }) => db.selectFrom('plays').select('price as a'),
})

export const oneRow = defineAsset({
  ...options,
  columns: { seconds: bigint().nullable() },
  oneRow: true,
  query: ({ db }) => db.selectFrom('plays').select(({ fn }) => fn.sum('seconds').as('seconds')),
})

// The names in the query tree are those of TypeScript.
type Camel<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<Camel<Rest>>}`
  : Name
proof<Equal<Camel<FunctionName>, Exclude<keyof Functions<NoScope>, 'countAll' | 'sqlFor'>>>()
