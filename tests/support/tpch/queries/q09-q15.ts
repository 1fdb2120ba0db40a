/** The queries 9 to 15 of TPC-H as assets. */
import { bigint, byKey, decimal, defineAsset, double, int, text } from 'lake'
import { customer, lineitem, nation, orders, part, partsupp, supplier } from '../sources.ts'

export const q9 = defineAsset({
  key: 'q9',
  description: 'Product type profit measure.',
  columns: { nation: text(), o_year: int(), sum_profit: decimal(38, 4) },
  primaryKey: ['nation', 'o_year'],
  incremental: byKey('nation', 'o_year'),
  upstream: { part, supplier, lineitem, partsupp, orders, nation },
  query: ({ db }) => {
    const profit = db
      .selectFrom('part')
      .innerJoin('lineitem', 'l_partkey', 'p_partkey')
      .innerJoin('supplier', 's_suppkey', 'l_suppkey')
      .innerJoin('partsupp', (join) =>
        join.onRef('ps_suppkey', '=', 'l_suppkey').onRef('ps_partkey', '=', 'l_partkey'),
      )
      .innerJoin('orders', 'o_orderkey', 'l_orderkey')
      .innerJoin('nation', 'n_nationkey', 's_nationkey')
      .where('p_name', 'like', '%green%')
      .select(({ fn }) => [
        'n_name as nation',
        fn.year('o_orderdate').as('o_year'),
        fn
          .subtract(
            fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount')),
            fn.multiply('ps_supplycost', 'l_quantity'),
          )
          .as('amount'),
      ])
    return db
      .selectFrom(profit.as('profit'))
      .groupBy(['nation', 'o_year'])
      .select(({ fn }) => ['nation', 'o_year', fn.sum('amount').as('sum_profit')])
  },
})

export const q10 = defineAsset({
  key: 'q10',
  description: 'Returned item reporting.',
  columns: {
    c_custkey: bigint(),
    c_name: text(),
    revenue: decimal(38, 4),
    c_acctbal: decimal(15, 2),
    n_name: text(),
    c_address: text(),
    c_phone: text(),
    c_comment: text(),
  },
  primaryKey: ['c_custkey'],
  incremental: byKey('c_custkey'),
  upstream: { customer, orders, lineitem, nation },
  query: ({ db }) =>
    db
      .selectFrom('customer')
      .innerJoin('orders', 'o_custkey', 'c_custkey')
      .innerJoin('lineitem', 'l_orderkey', 'o_orderkey')
      .innerJoin('nation', 'n_nationkey', 'c_nationkey')
      .where('o_orderdate', '>=', '1993-10-01')
      .where('o_orderdate', '<', '1994-01-01')
      .where('l_returnflag', '=', 'R')
      .groupBy(['c_custkey', 'c_name', 'c_acctbal', 'c_phone', 'n_name', 'c_address', 'c_comment'])
      .select(({ fn }) => [
        'c_custkey',
        'c_name',
        fn.sum(fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount'))).as('revenue'),
        'c_acctbal',
        'n_name',
        'c_address',
        'c_phone',
        'c_comment',
      ])
      .orderBy('revenue', 'desc')
      .orderBy('c_custkey')
      .orderBy('c_name')
      .orderBy('c_acctbal')
      .orderBy('c_phone')
      .orderBy('n_name')
      .orderBy('c_address')
      .orderBy('c_comment')
      .limit(20),
})

export const q11 = defineAsset({
  key: 'q11',
  description: 'Important stock identification.',
  columns: { ps_partkey: bigint(), value: decimal(38, 2) },
  primaryKey: ['ps_partkey'],
  incremental: byKey('ps_partkey'),
  upstream: { partsupp, supplier, nation },
  query: ({ db }) => {
    const stock = db
      .selectFrom('partsupp')
      .innerJoin('supplier', 's_suppkey', 'ps_suppkey')
      .innerJoin('nation', 'n_nationkey', 's_nationkey')
      .where('n_name', '=', 'GERMANY')
    return stock
      .groupBy('ps_partkey')
      .having(
        ({ fn }) => fn.sum(fn.multiply('ps_supplycost', 'ps_availqty')),
        '>',
        stock.select(({ fn }) =>
          fn.multiply(fn.sum(fn.multiply('ps_supplycost', 'ps_availqty')), 0.0001).as('share'),
        ),
      )
      .select(({ fn }) => ['ps_partkey', fn.sum(fn.multiply('ps_supplycost', 'ps_availqty')).as('value')])
  },
})

export const q12 = defineAsset({
  key: 'q12',
  description: 'Shipping modes and order priority.',
  columns: { l_shipmode: text(), high_line_count: bigint(), low_line_count: bigint() },
  primaryKey: ['l_shipmode'],
  incremental: byKey('l_shipmode'),
  upstream: { orders, lineitem },
  query: ({ db }) =>
    db
      .selectFrom('orders')
      .innerJoin('lineitem', 'l_orderkey', 'o_orderkey')
      .where('l_shipmode', 'in', ['MAIL', 'SHIP'])
      .whereRef('l_commitdate', '<', 'l_receiptdate')
      .whereRef('l_shipdate', '<', 'l_commitdate')
      .where('l_receiptdate', '>=', '1994-01-01')
      .where('l_receiptdate', '<', '1995-01-01')
      .groupBy('l_shipmode')
      .select((eb) => {
        const isHigh = eb('o_orderpriority', 'in', ['1-URGENT', '2-HIGH'])
        return [
          'l_shipmode',
          eb.fn.sum(eb.case().when(isHigh).then(1).else(0).end()).as('high_line_count'),
          eb.fn.sum(eb.case().when(isHigh).then(0).else(1).end()).as('low_line_count'),
        ]
      }),
})

export const q13 = defineAsset({
  key: 'q13',
  description: 'Customer distribution.',
  columns: { c_count: bigint(), custdist: bigint() },
  primaryKey: ['c_count'],
  incremental: byKey('c_count'),
  upstream: { customer, orders },
  query: ({ db }) => {
    const counts = db
      .selectFrom('customer')
      .leftJoin('orders', (join) =>
        join.onRef('o_custkey', '=', 'c_custkey').on('o_comment', 'not like', '%special%requests%'),
      )
      .groupBy('c_custkey')
      .select(({ fn }) => ['c_custkey', fn.count('o_orderkey').as('c_count')])
    return db
      .selectFrom(counts.as('counts'))
      .groupBy('c_count')
      .select(({ fn }) => ['c_count', fn.countRows().as('custdist')])
  },
})

export const q14 = defineAsset({
  key: 'q14',
  description: 'Promotion effect.',
  columns: { promo_revenue: double().nullable() },
  oneRow: true,
  upstream: { lineitem, part },
  query: ({ db }) =>
    db
      .selectFrom('lineitem')
      .innerJoin('part', 'p_partkey', 'l_partkey')
      .where('l_shipdate', '>=', '1995-09-01')
      .where('l_shipdate', '<', '1995-10-01')
      .select((eb) => {
        const { fn } = eb
        const discounted = fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount'))
        const promoted = eb.case().when('p_type', 'like', 'PROMO%').then(discounted).else(0).end()
        return fn.divide(fn.multiply(100, fn.sum(promoted)), fn.sum(discounted)).as('promo_revenue')
      }),
})

export const q15 = defineAsset({
  key: 'q15',
  description: 'Top supplier.',
  columns: {
    s_suppkey: bigint(),
    s_name: text(),
    s_address: text(),
    s_phone: text(),
    total_revenue: decimal(38, 4),
  },
  primaryKey: ['s_suppkey'],
  incremental: byKey('s_suppkey'),
  upstream: { supplier, lineitem },
  query: ({ db }) =>
    db
      .with('revenue', (inner) =>
        inner
          .selectFrom('lineitem')
          .where('l_shipdate', '>=', '1996-01-01')
          .where('l_shipdate', '<', '1996-04-01')
          .groupBy('l_suppkey')
          .select(({ fn }) => [
            'l_suppkey as supplier_no',
            fn.sum(fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount'))).as('total_revenue'),
          ]),
      )
      .selectFrom('supplier')
      .innerJoin('revenue', 'supplier_no', 's_suppkey')
      .where('total_revenue', '=', ({ selectFrom }) =>
        selectFrom('revenue as r').select(({ fn }) => fn.max('r.total_revenue').as('greatest')),
      )
      .select(['s_suppkey', 's_name', 's_address', 's_phone', 'total_revenue']),
})
