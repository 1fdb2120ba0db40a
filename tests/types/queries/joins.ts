/**
 * Proofs for the compiler: the types of joins, subqueries and set operations.
 * No line below `@ts-expect-error` may compile.
 */
import type { Bigint, Int, Text, Timestamp } from '../../../framework/query/builder/types/kinds.ts'
import { type Equal, type OutputOf, proof } from '../proof.ts'
import type { TestQueries } from './tables.ts'

/** Never called: only the compiler reads it. */
export function proofs(db: TestQueries) {
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
  // A column of the subquery hides a column of the query around it.
  const hidden = db
    .selectFrom('plays')
    .leftJoin('songs as s', 's.song', 'plays.song')
    .select(({ selectFrom }) => selectFrom('songs').select('year').as('own'))
  proof<Equal<OutputOf<typeof hidden>, { own: Int | null }>>()

  const query = db.selectFrom('plays').select('id')
  // @ts-expect-error the columns differ
  query.union(db.selectFrom('songs').select('year'))
  // @ts-expect-error the types differ
  query.union(db.selectFrom('songs').select('song as id'))
  // @ts-expect-error columns around a query are not seen by its joins
  db.selectFrom('plays').innerJoin('songs', 'songs.song', 'other.song')
}
