/**
 * Proofs for the compiler, which `tsc` runs: each line below `@ts-expect-error` must not compile.
 */
import { bigint, byKey, defineAsset, defineSource, double, int, type RowOf, testAsset, text, timestamp } from 'lake'
import { type Equal, proof } from './proof.ts'

const events = defineSource({
  key: 'events',
  columns: { id: bigint(), name: text(), place: text().nullable(), size: double(), year: int() },
})

proof<
  Equal<
    RowOf<typeof events>,
    { id: bigint; name: string; place: string | null; size: number; year: number; _file: string; _line: bigint }
  >
>()

export const right = defineAsset({
  key: 'right',
  columns: { id: bigint(), place: text().nullable(), at: timestamp() },
  primaryKey: ['id'],
  upstream: { events },
  query: ({ db, fn }) =>
    db.selectFrom('events').select(({ ref }) => ['id', 'place', fn.timestampMillis(ref('id')).as('at')]),
})
proof<Equal<RowOf<typeof right>, { id: bigint; place: string | null; at: Date }>>()

export const downstream = defineAsset({
  key: 'downstream',
  columns: { id: bigint(), at: timestamp() },
  upstream: { right },
  query: ({ db }) => db.selectFrom('right').select(['id', 'at']),
})

export const unknownColumn = defineAsset({
  key: 'unknown_column',
  columns: { id: bigint() },
  upstream: { events },
  // @ts-expect-error `ident` is not a column of events
  query: ({ db }) => db.selectFrom('events').select(['ident']),
})

export const unknownFilter = defineAsset({
  key: 'unknown_filter',
  columns: { id: bigint() },
  upstream: { events },
  // @ts-expect-error `nmae` is not a column of events
  query: ({ db }) => db.selectFrom('events').where('nmae', '=', 'x').select(['id']),
})

export const unknownUpstream = defineAsset({
  key: 'unknown_upstream',
  columns: { id: bigint() },
  upstream: { events },
  // @ts-expect-error `event` is not an upstream
  query: ({ db }) => db.selectFrom('event').select(['id']),
})

export const missingColumn = defineAsset({
  key: 'missing_column',
  columns: { id: bigint(), name: text() },
  upstream: { events },
  // @ts-expect-error the column `name` is missing
  query: ({ db }) => db.selectFrom('events').select(['id']),
})

export const extraColumn = defineAsset({
  key: 'extra_column',
  columns: { id: bigint() },
  upstream: { events },
  // @ts-expect-error the column `name` is one too many
  query: ({ db }) => db.selectFrom('events').select(['id', 'name']),
})

export const wrongType = defineAsset({
  key: 'wrong_type',
  columns: { id: text() },
  upstream: { events },
  // @ts-expect-error id is a bigint, not text
  query: ({ db }) => db.selectFrom('events').select(['id']),
})

export const nullWhereNoneMayBe = defineAsset({
  key: 'null_where_none_may_be',
  columns: { place: text() },
  upstream: { events },
  // @ts-expect-error place may be null
  query: ({ db }) => db.selectFrom('events').select(['place']),
})

export const outerJoin = defineAsset({
  key: 'outer_join',
  columns: { name: text() },
  upstream: { events, others: events },
  // @ts-expect-error an outer join can leave name null
  query: ({ db }) => db.selectFrom('events').leftJoin('others', 'others.id', 'events.id').select(['others.name']),
})

export const wrongArgument = defineAsset({
  key: 'wrong_argument',
  columns: { week: int() },
  upstream: { events },
  // @ts-expect-error isoWeek takes a timestamp, not text
  query: ({ db, fn }) => db.selectFrom('events').select(({ ref }) => fn.isoWeek(ref('name')).as('week')),
})

export const keyIsNoColumn = defineAsset({
  key: 'key_is_no_column',
  columns: { id: bigint() },
  // @ts-expect-error `ident` is not a column
  primaryKey: ['ident'],
  upstream: { events },
  query: ({ db }) => db.selectFrom('events').select(['id']),
})

export const fixtures = () => [
  testAsset(right, { events: [{ id: 1n, name: 'a', size: 1, year: 2018 }] }),
  testAsset(right, { events: [{ id: 1n, name: 'a', size: 1, year: 2018, place: null, _file: 'a.json', _line: 1n }] }),
  // @ts-expect-error id is a bigint, not a number
  testAsset(right, { events: [{ id: 1, name: 'a', size: 1, year: 2018 }] }),
  // @ts-expect-error name may not be null
  testAsset(right, { events: [{ id: 1n, name: null, size: 1, year: 2018 }] }),
  // @ts-expect-error year is missing
  testAsset(right, { events: [{ id: 1n, name: 'a', size: 1 }] }),
  // @ts-expect-error `nmae` is not a column
  testAsset(right, { events: [{ id: 1n, name: 'a', nmae: 'a', size: 1, year: 2018 }] }),
  // @ts-expect-error there are no rows for events
  testAsset(right, {}),
  // @ts-expect-error `event` is not an upstream
  testAsset(right, { events: [], event: [] }),
]
proof<
  Equal<Awaited<ReturnType<typeof testAsset<typeof right.columns, typeof right.upstream>>>, RowOf<typeof right>[]>
>()

export const wrongIncrement = defineAsset({
  key: 'wrong_increment',
  columns: { id: bigint() },
  // @ts-expect-error `ident` is not a column
  incremental: byKey('ident'),
  upstream: { events },
  query: ({ db }) => db.selectFrom('events').select(['id']),
})
