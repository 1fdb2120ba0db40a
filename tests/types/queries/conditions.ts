/**
 * Proofs for the compiler: the types of columns and conditions.
 * No line below `@ts-expect-error` may compile.
 */
import type {
  Bigint,
  Bool,
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

  // A constant can be compared with every column that can have its value.
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

  // A condition is null if one of its sides can be null.
  const conditions = db
    .selectFrom('plays')
    .select((eb) => [
      eb('seconds', '>', 1).as('a'),
      eb('rating', '>', 1).as('b'),
      eb('rating', 'is', null).as('c'),
      eb('rating', 'is not distinct from', 1).as('d'),
    ])
  proof<Equal<OutputOf<typeof conditions>, { a: Bool; b: Bool | null; c: Bool; d: Bool }>>()

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
}
