/**
 * Queries in the forms that Kysely writes, with constructs in which engines are known to differ.
 */
import type { ExpressionBuilder, ExpressionWrapper, QueryCreator } from 'kysely'
import { fn as portable } from '../../../framework/query/builder/fn.ts'

/**
 * The columns of `typedRow`, numbered. Some functions accept only bigints that are not null. The
 * tests give them nulls nevertheless.
 */
interface Typed {
  readonly id: bigint
  readonly i: number
  readonly n: bigint
  readonly small: bigint
  readonly three: bigint
  readonly ms: bigint
  readonly d: number
  readonly m: string
  readonly t: string
  readonly digits: string
  readonly day: string
  readonly at: Date
  readonly b: boolean
}

export interface ParityTables {
  typed: Typed
}
export type ParityDb = QueryCreator<ParityTables>
type Value = ExpressionWrapper<ParityTables, 'typed', never>
type Columns = ExpressionBuilder<ParityTables, 'typed'>

/** The functions without their types, because these queries use Kysely's types. */
const fn = portable as unknown as Readonly<
  Record<
    'nullIf' | 'timestampMillis' | 'toBigint' | 'sumBigint' | 'toDouble' | 'toInt' | 'intDivide',
    (...args: readonly unknown[]) => Value
  >
>

const EMPTY = '\0'.repeat(3)

/**
 * Queries in the forms that Kysely writes, with constructs in which engines are known to differ.
 */
export const QUERIES: Readonly<Record<string, (db: ParityDb) => unknown>> = {
  'literals of every kind': (db) =>
    db
      .selectFrom('typed')
      .select(({ val, lit }) => [
        val(`it's \\ "quoted"\n\r\t\0\u0001é😀\u2028 \${env:HOME} %_?:x -- /* `).as('t'),
        ...[val('').as('empty'), val('\\u0041\\n\\').as('escapes'), val('\u00001').as('nul'), val(EMPTY).as('nuls')],
        ...[val(1).as('one'), val(2147483648).as('long'), val(-1).as('less'), val(9223372036854775807n).as('most')],
        ...[val(-9223372036854775808n).as('least'), val(0.1).as('tenth'), val(-0).as('zero'), val(1e21).as('large')],
        ...[val(5e-324).as('tiny'), val(2 ** 53).as('beyond'), lit(true).as('yes'), val(false).as('no')],
        ...[val(new Date('0001-01-01T00:00:00Z')).as('first'), val(new Date('9999-12-31T23:59:59.999Z')).as('last')],
      ])
      .where('id', '=', 0n),
  'IN lists': (db) =>
    db
      .selectFrom('typed')
      .select(({ eb, lit }) => [
        'id',
        eb('t', 'in', ['a', '', "it's", 'a\\b', 'é', '\0']).as('x'),
        eb('t', 'not in', ['e\u0301', 'A']).as('y'),
        eb('d', 'in', [0, 0.1, -2.5]).as('z'),
        eb('n', 'in', [-9223372036854775808n, 9007199254740993n, 1n]).as('w'),
        eb('at', 'in', [new Date('1582-10-15T00:00:00Z')]).as('v'),
        eb('b', 'in', [true, lit(null) as never]).as('u'),
      ]),
  LIKE: (db) =>
    db
      .selectFrom('typed')
      .select(({ eb, ref }) => [
        'id',
        ...[eb('t', 'like', '%a%').as('a'), eb('t', 'like', 'a\\b').as('b'), eb('t', 'like', '%\\%').as('c')],
        ...[eb('t', 'like', '_').as('d'), eb('t', 'not like', '%\n%').as('e'), eb('t', 'like', '%\\').as('f')],
        ...[eb('t', 'like', ref('t')).as('g'), eb('t', 'like', '%\\_%').as('h'), eb('t', 'like', '').as('i')],
      ]),
  comparisons: (db) =>
    db
      .selectFrom('typed')
      .select(({ eb, between, and, not }) => [
        'id',
        ...[eb('t', '<', 'a').as('t1'), eb('t', '>=', 'é').as('t2'), eb('t', '>', '\uffff').as('t3')],
        ...[eb('d', '>', 1e308).as('d1'), eb('d', '=', 0).as('d2'), eb('d', '<=', 5e-324).as('d3')],
        ...[eb('d', 'is distinct from', -0).as('d4'), eb('t', 'is not distinct from', null).as('t4')],
        ...[between('n', -1n, 9007199254740993n).as('n1'), eb('at', '<', new Date('1970-01-01T00:00:00Z')).as('at1')],
        ...[
          eb('n', '=', 9007199254740992 as never).as('n2'),
          eb('m', '>', '1.5').as('m1'),
          eb('day', '<', '1582-10-15').as('d5'),
        ],
        not(and([eb('i', '>', 0), eb('b', 'is', true)])).as('logic'),
        eb('t', 'is', null).as('none'),
      ]),
  arithmetic: (db) =>
    db
      .selectFrom('typed')
      .select(({ eb, ref }) => [
        'id',
        ...[eb('small', '*', 1000n).as('a'), eb('small', '+', -5n).as('b'), eb('small', '-', -5n).as('c')],
        ...[eb('small', '%', 3n).as('d'), eb('d', '*', 0.1).as('e'), eb('d', '+', 1).as('f'), eb('d', '/', 3).as('g')],
        ...[eb('small', '/', 7n).as('h'), eb('i', '/', 7).as('i'), eb('d', '%', 0.3).as('j')],
        ...[eb('small', '/', fn.nullIf(ref('small'), 0)).as('k')],
      ]),
  CASE: (db) =>
    db
      .selectFrom('typed')
      .select(({ case: when, fn: own, ref, val, lit }) => [
        'id',
        when().when('i', '>', 0).then('more').when('i', '=', 0).then(lit(null)).else('').end().as('a'),
        when('t').when('a').then(1).when('a\\b').then(2).else(0.5).end().as('b'),
        own.coalesce('t', 'digits', val("it's")).as('c'),
        own.coalesce('n', 'small', val(0n)).as('d'),
        own.coalesce('d', val(-0)).as('e'),
        own.coalesce(fn.timestampMillis(ref('ms')), 'at').as('f'),
      ]),
  'aggregates of Kysely': (db) =>
    db
      .selectFrom('typed')
      .groupBy('small')
      .select(({ fn: own }) => [
        'small',
        ...[own.countAll<bigint>().as('a'), own.count<bigint>('t').as('b'), own.count<bigint>('t').distinct().as('c')],
        ...[own.min('d').as('d'), own.max('d').as('e'), own.min('t').as('f'), own.max('t').as('g')],
        ...[own.min('at').as('h'), own.max('day').as('i'), own.max('m').as('j')],
        own.countAll<bigint>().filterWhere('d', '>', 0).as('k'),
        own.count<bigint>('d').distinct().as('l'),
      ])
      .having(({ fn: own }) => own.countAll(), '>', 1),
  'joins on doubles': (db) =>
    db
      .selectFrom('typed as x')
      .innerJoin('typed as y', 'x.d', 'y.d')
      .select(['x.id as a', 'y.id as b'])
      .where('x.id', '<', 60n),
  'joins on text and moments': (db) =>
    db
      .selectFrom('typed as x')
      .leftJoin('typed as y', (join) => join.onRef('x.t', '=', 'y.t').onRef('x.id', '<', 'y.id'))
      .leftJoin('typed as z', (join) => join.onRef('x.at', '=', 'z.at').onRef('x.b', 'is not distinct from', 'z.b'))
      .select(['x.id as a', 'y.id as b', 'z.id as c'])
      .where('x.id', '<', 60n),
  'EXISTS and subqueries': (db) =>
    db
      .with('least', (own) => own.selectFrom('typed').select('t').where('id', '<', 30n))
      .selectFrom('typed')
      .select('id')
      .where(({ exists, selectFrom, eb }) =>
        exists(selectFrom('typed as other').select('other.id').whereRef('other.t', '=', 'typed.digits')).or(
          eb('t', 'in', selectFrom('least').select('least.t').where('least.t', 'is not', null)),
        ),
      ),
  'windows over a total order': (db) =>
    db.selectFrom('typed').select(({ fn: own }) => [
      'id',
      fn
        .toBigint(
          own
            .agg<bigint>('row_number')
            .over((over) => over.partitionBy('small').orderBy('d').orderBy('t', 'desc').orderBy('id')),
        )
        .as('a'),
      fn
        .toBigint(
          own.agg<bigint>('row_number').over((over) => over.partitionBy('d').orderBy('at', 'desc').orderBy('id')),
        )
        .as('b'),
      own
        .agg<string>('lag', ['t'])
        .over((over) => over.orderBy('m', (by) => by.desc().nullsFirst()).orderBy('id'))
        .as('c'),
      own
        .countAll<bigint>()
        .over((over) => over.partitionBy('t'))
        .as('d'),
    ]),
  'a sum that is too large on the way': (db) =>
    db.selectFrom('typed').select((c) => [
      fn
        .sumBigint(
          c
            .case()
            .when('id', '<', 100n)
            .then(2n ** 62n)
            .when('id', '<', 200n)
            .then(-(2n ** 62n))
            .else(1n)
            .end(),
        )
        .as('x'),
    ]),
  'DISTINCT and set operations': (db) =>
    db
      .selectFrom('typed')
      .select(['t', 'b'])
      .distinct()
      .unionAll(db.selectFrom('typed').select(['t', 'b']).where('id', '<', 20n))
      .except(db.selectFrom('typed').select(['t', 'b']).where('id', '>', 100n)),
}

/** Columns to order by. An order that does not say where nulls go uses the default. */
export const ORDERS = [
  ...(['t', 'd', 'at', 'm', 'b', 'day', 'n'] as const).flatMap((column) => [
    (db: ParityDb) => db.selectFrom('typed').select(['id', column]).orderBy(column).orderBy('id'),
    (db: ParityDb) => db.selectFrom('typed').select(['id', column]).orderBy(column, 'desc').orderBy('id'),
  ]),
  (db: ParityDb) =>
    db
      .selectFrom('typed')
      .select('id')
      .orderBy('t', (by) => by.asc().nullsFirst())
      .orderBy('id')
      .limit(9),
  (db: ParityDb) => db.selectFrom('typed').select('id').orderBy('d').orderBy('id', 'desc').limit(7).offset(3),
]

/** A number that an engine can compute only after it has read the rows. */
const constant = ({ case: when }: Columns, value: bigint) => when().when('id', '>=', 0n).then(value).else(0n).end()

/** Expressions that must fail on every engine. No engine may give a value instead. */
export const FAILING: Readonly<Record<string, (db: ParityDb) => unknown>> = {
  ...Object.fromEntries(
    ['1d', '0x1p3', '1_000', '+nan', '', 'x', '1 2', '1,5', '.', '1e', '\t1', 'true', '1f ', '١'].map((word) => [
      `toDouble of ${JSON.stringify(word)}`,
      (db: ParityDb) =>
        db
          .selectFrom('typed')
          .select(({ val }) => fn.toDouble(val(word)).as('x'))
          .where('id', '=', 0n),
    ]),
  ),
  'toInt of 2^31': (db) => db.selectFrom('typed').select((c) => fn.toInt(constant(c, 2n ** 31n)).as('x')),
  'toInt of -2^31 - 1': (db) => db.selectFrom('typed').select((c) => fn.toInt(constant(c, -(2n ** 31n) - 1n)).as('x')),
  'a moment that is too far': (db) =>
    db.selectFrom('typed').select((c) => fn.timestampMillis(constant(c, 9223372036854776n)).as('x')),
  '-2^63 / -1': (db) =>
    db.selectFrom('typed').select((c) => fn.intDivide(constant(c, -(2n ** 63n)), c.val(-1n)).as('x')),
  'a sum of more than 2^63': (db) =>
    db.selectFrom('typed').select((c) => fn.sumBigint(constant(c, 9223372036854775807n)).as('x')),
  'an int beyond its range': (db) => db.selectFrom('typed').select(({ eb }) => eb('i', '*', 2147483647).as('x')),
}
