/** The queries 1 to 8 of TPC-H as assets. */
import { bigint, byKey, date, decimal, defineAsset, double, int, text } from 'lake'
import { customer, lineitem, nation, orders, part, partsupp, region, supplier } from '../sources.ts'

export const q1 = defineAsset({
  key: 'q1',
  description: 'Pricing summary report.',
  columns: {
    l_returnflag: text(),
    l_linestatus: text(),
    sum_qty: decimal(38, 2),
    sum_base_price: decimal(38, 2),
    sum_disc_price: decimal(38, 4),
    sum_charge: decimal(38, 6),
    avg_qty: double(),
    avg_price: double(),
    avg_disc: double(),
    count_order: bigint(),
  },
  primaryKey: ['l_returnflag', 'l_linestatus'],
  incremental: byKey('l_returnflag', 'l_linestatus'),
  upstream: { lineitem },
  query: ({ db }) =>
    db
      .selectFrom('lineitem')
      .where('l_shipdate', '<=', '1998-09-02')
      .groupBy(['l_returnflag', 'l_linestatus'])
      .select(({ fn }) => {
        const discounted = fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount'))
        return [
          'l_returnflag',
          'l_linestatus',
          fn.sum('l_quantity').as('sum_qty'),
          fn.sum('l_extendedprice').as('sum_base_price'),
          fn.sum(discounted).as('sum_disc_price'),
          fn.sum(fn.multiply(discounted, fn.add(1, 'l_tax'))).as('sum_charge'),
          fn.avg('l_quantity').as('avg_qty'),
          fn.avg('l_extendedprice').as('avg_price'),
          fn.avg('l_discount').as('avg_disc'),
          fn.countRows().as('count_order'),
        ]
      }),
})

export const q2 = defineAsset({
  key: 'q2',
  description: 'Minimum cost supplier.',
  columns: {
    s_acctbal: decimal(15, 2),
    s_name: text(),
    n_name: text(),
    p_partkey: bigint(),
    p_mfgr: text(),
    s_address: text(),
    s_phone: text(),
    s_comment: text(),
  },
  primaryKey: ['p_partkey', 's_name'],
  incremental: byKey('p_partkey', 's_name'),
  upstream: { part, supplier, partsupp, nation, region },
  query: ({ db }) =>
    db
      .selectFrom('part')
      .innerJoin('partsupp', 'ps_partkey', 'p_partkey')
      .innerJoin('supplier', 's_suppkey', 'ps_suppkey')
      .innerJoin('nation', 'n_nationkey', 's_nationkey')
      .innerJoin('region', 'r_regionkey', 'n_regionkey')
      .where('p_size', '=', 15)
      .where('p_type', 'like', '%BRASS')
      .where('r_name', '=', 'EUROPE')
      .where('ps_supplycost', '=', ({ selectFrom }) =>
        selectFrom('partsupp as ps')
          .innerJoin('supplier as s', 's.s_suppkey', 'ps.ps_suppkey')
          .innerJoin('nation as n', 'n.n_nationkey', 's.s_nationkey')
          .innerJoin('region as r', 'r.r_regionkey', 'n.n_regionkey')
          .whereRef('ps.ps_partkey', '=', 'part.p_partkey')
          .where('r.r_name', '=', 'EUROPE')
          .select(({ fn }) => fn.min('ps.ps_supplycost').as('least')),
      )
      .select(['s_acctbal', 's_name', 'n_name', 'p_partkey', 'p_mfgr', 's_address', 's_phone', 's_comment'])
      .orderBy('s_acctbal', 'desc')
      .orderBy('n_name')
      .orderBy('s_name')
      .orderBy('p_partkey')
      .orderBy('p_mfgr')
      .orderBy('s_address')
      .orderBy('s_phone')
      .orderBy('s_comment')
      .limit(100),
})

export const q3 = defineAsset({
  key: 'q3',
  description: 'Shipping priority.',
  columns: { l_orderkey: bigint(), revenue: decimal(38, 4), o_orderdate: date(), o_shippriority: int() },
  primaryKey: ['l_orderkey'],
  incremental: byKey('l_orderkey'),
  upstream: { customer, orders, lineitem },
  query: ({ db }) =>
    db
      .selectFrom('customer')
      .innerJoin('orders', 'o_custkey', 'c_custkey')
      .innerJoin('lineitem', 'l_orderkey', 'o_orderkey')
      .where('c_mktsegment', '=', 'BUILDING')
      .where('o_orderdate', '<', '1995-03-15')
      .where('l_shipdate', '>', '1995-03-15')
      .groupBy(['l_orderkey', 'o_orderdate', 'o_shippriority'])
      .select(({ fn }) => [
        'l_orderkey',
        fn.sum(fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount'))).as('revenue'),
        'o_orderdate',
        'o_shippriority',
      ])
      .orderBy('revenue', 'desc')
      .orderBy('o_orderdate')
      .orderBy('l_orderkey')
      .orderBy('o_shippriority')
      .limit(10),
})

export const q4 = defineAsset({
  key: 'q4',
  description: 'Order priority checking.',
  columns: { o_orderpriority: text(), order_count: bigint() },
  primaryKey: ['o_orderpriority'],
  incremental: byKey('o_orderpriority'),
  upstream: { orders, lineitem },
  query: ({ db }) =>
    db
      .selectFrom('orders')
      .where('o_orderdate', '>=', '1993-07-01')
      .where('o_orderdate', '<', '1993-10-01')
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('lineitem')
            .whereRef('l_orderkey', '=', 'o_orderkey')
            .whereRef('l_commitdate', '<', 'l_receiptdate')
            .select('l_orderkey'),
        ),
      )
      .groupBy('o_orderpriority')
      .select(({ fn }) => ['o_orderpriority', fn.countRows().as('order_count')]),
})

export const q5 = defineAsset({
  key: 'q5',
  description: 'Local supplier volume.',
  columns: { n_name: text(), revenue: decimal(38, 4) },
  primaryKey: ['n_name'],
  incremental: byKey('n_name'),
  upstream: { customer, orders, lineitem, supplier, nation, region },
  query: ({ db }) =>
    db
      .selectFrom('customer')
      .innerJoin('orders', 'o_custkey', 'c_custkey')
      .innerJoin('lineitem', 'l_orderkey', 'o_orderkey')
      .innerJoin('supplier', (join) =>
        join.onRef('s_suppkey', '=', 'l_suppkey').onRef('s_nationkey', '=', 'c_nationkey'),
      )
      .innerJoin('nation', 'n_nationkey', 's_nationkey')
      .innerJoin('region', 'r_regionkey', 'n_regionkey')
      .where('r_name', '=', 'ASIA')
      .where('o_orderdate', '>=', '1994-01-01')
      .where('o_orderdate', '<', '1995-01-01')
      .groupBy('n_name')
      .select(({ fn }) => [
        'n_name',
        fn.sum(fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount'))).as('revenue'),
      ]),
})

export const q6 = defineAsset({
  key: 'q6',
  description: 'Forecasting revenue change.',
  columns: { revenue: decimal(38, 4).nullable() },
  oneRow: true,
  upstream: { lineitem },
  query: ({ db }) =>
    db
      .selectFrom('lineitem')
      .where('l_shipdate', '>=', '1994-01-01')
      .where('l_shipdate', '<', '1995-01-01')
      .where((eb) => eb.between('l_discount', 0.05, 0.07))
      .where('l_quantity', '<', 24)
      .select(({ fn }) => fn.sum(fn.multiply('l_extendedprice', 'l_discount')).as('revenue')),
})

export const q7 = defineAsset({
  key: 'q7',
  description: 'Volume shipping.',
  columns: { supp_nation: text(), cust_nation: text(), l_year: int(), revenue: decimal(38, 4) },
  primaryKey: ['supp_nation', 'cust_nation', 'l_year'],
  incremental: byKey('supp_nation', 'cust_nation', 'l_year'),
  upstream: { supplier, lineitem, orders, customer, nation },
  query: ({ db }) => {
    const shipping = db
      .selectFrom('supplier')
      .innerJoin('lineitem', 'l_suppkey', 's_suppkey')
      .innerJoin('orders', 'o_orderkey', 'l_orderkey')
      .innerJoin('customer', 'c_custkey', 'o_custkey')
      .innerJoin('nation as n1', 'n1.n_nationkey', 's_nationkey')
      .innerJoin('nation as n2', 'n2.n_nationkey', 'c_nationkey')
      .where((eb) =>
        eb.or([
          eb.and([eb('n1.n_name', '=', 'FRANCE'), eb('n2.n_name', '=', 'GERMANY')]),
          eb.and([eb('n1.n_name', '=', 'GERMANY'), eb('n2.n_name', '=', 'FRANCE')]),
        ]),
      )
      .where((eb) => eb.between('l_shipdate', '1995-01-01', '1996-12-31'))
      .select(({ fn }) => [
        'n1.n_name as supp_nation',
        'n2.n_name as cust_nation',
        fn.year('l_shipdate').as('l_year'),
        fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount')).as('volume'),
      ])
    return db
      .selectFrom(shipping.as('shipping'))
      .groupBy(['supp_nation', 'cust_nation', 'l_year'])
      .select(({ fn }) => ['supp_nation', 'cust_nation', 'l_year', fn.sum('volume').as('revenue')])
  },
})

export const q8 = defineAsset({
  key: 'q8',
  description: 'National market share.',
  columns: { o_year: int(), mkt_share: double().nullable() },
  primaryKey: ['o_year'],
  incremental: byKey('o_year'),
  upstream: { part, supplier, lineitem, orders, customer, nation, region },
  query: ({ db }) => {
    const nations = db
      .selectFrom('part')
      .innerJoin('lineitem', 'l_partkey', 'p_partkey')
      .innerJoin('supplier', 's_suppkey', 'l_suppkey')
      .innerJoin('orders', 'o_orderkey', 'l_orderkey')
      .innerJoin('customer', 'c_custkey', 'o_custkey')
      .innerJoin('nation as n1', 'n1.n_nationkey', 'c_nationkey')
      .innerJoin('region', 'r_regionkey', 'n1.n_regionkey')
      .innerJoin('nation as n2', 'n2.n_nationkey', 's_nationkey')
      .where('r_name', '=', 'AMERICA')
      .where((eb) => eb.between('o_orderdate', '1995-01-01', '1996-12-31'))
      .where('p_type', '=', 'ECONOMY ANODIZED STEEL')
      .select(({ fn }) => [
        fn.year('o_orderdate').as('o_year'),
        fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount')).as('volume'),
        'n2.n_name as nation',
      ])
    return db
      .selectFrom(nations.as('nations'))
      .groupBy('o_year')
      .select((eb) => [
        'o_year',
        eb.fn
          .divide(
            eb.fn.sum(eb.case().when('nation', '=', 'BRAZIL').then(eb.ref('volume')).else(0).end()),
            eb.fn.sum('volume'),
          )
          .as('mkt_share'),
      ])
  },
})
