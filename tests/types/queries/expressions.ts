/**
 * Proofs for the compiler: the types of expressions.
 * No line below `@ts-expect-error` may compile.
 */
import { text } from 'lake'
import type {
  Bigint,
  DateOnly,
  Decimal,
  Double,
  Int,
  Text,
  Timestamp,
} from '../../../framework/query/builder/types/kinds.ts'
import { type Equal, type OutputOf, proof } from '../proof.ts'
import type { TestQueries } from './tables.ts'

/** Never called: only the compiler reads it. */
export function proofs(db: TestQueries) {
  // Arithmetic has the wider type. A quotient is a double, and is null if the divisor can be zero.
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

  // CASE has the type of its branches. It can be null without ELSE.
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

  // A series gives a row for each value of a range.
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
  const texts = { duckdb: '$1', spark: '$1' }
  // @ts-expect-error `sonf` is no column
  db.selectFrom('plays').select(({ fn }) => fn.sqlFor(texts, { type: text(), args: ['sonf'] }).as('x'))
}
