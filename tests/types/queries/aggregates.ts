/**
 * Proofs for the compiler: the types of aggregates and windows.
 * No line below `@ts-expect-error` may compile.
 */
import type { Bigint, DateOnly, Decimal, Double, Int, Text } from '../../../framework/query/builder/types/kinds.ts'
import { type Equal, type OutputOf, proof } from '../proof.ts'
import type { TestQueries } from './tables.ts'

/** Never called: only the compiler reads it. */
export function proofs(db: TestQueries) {
  // The types of aggregates are inferred.
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

  // Groups and orders may use the names of outputs.
  db.selectFrom('plays')
    .select(({ fn }) => [fn.year('day').as('season'), fn.countRows().as('n')])
    .groupBy('season')
    .having(({ fn }) => fn.countRows(), '>', 1)
    .orderBy('n', 'desc')
    .orderBy('season', (order) => order.asc().nullsFirst())
    .limit(10)
    .offset(5)

  // @ts-expect-error a sum of text
  db.selectFrom('plays').select(({ fn }) => fn.sum('song').as('x'))
  // @ts-expect-error `sec` is no column
  db.selectFrom('plays').select(({ fn }) => fn.sum('sec').as('x'))
  // @ts-expect-error rowNumber needs a window
  db.selectFrom('plays').select(({ fn }) => fn.rowNumber().as('x'))
  // @ts-expect-error raw functions are not part of the language
  db.selectFrom('plays').select(({ fn }) => fn.agg('row_number').as('x'))
}
