/**
 * TPC-H queries about orders and who places them: 3, 4, 10, 12, 13, 18, 21 and 22, with the
 * parameters of the specification's validation.
 */
import { bigint, byKey, date, decimal, defineAsset, int, text } from 'lake'
import { customer, lineitem, nation, orders, supplier } from './tables.ts'

export const q03 = defineAsset({
  key: 'q03',
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
      .limit(10),
})

export const q04 = defineAsset({
  key: 'q04',
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
            .selectAll(),
        ),
      )
      .groupBy('o_orderpriority')
      .select(({ fn }) => ['o_orderpriority', fn.countRows().as('order_count')]),
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
      .select(['c_custkey', 'c_name'])
      .select(({ fn }) => fn.sum(fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount'))).as('revenue'))
      .select(['c_acctbal', 'n_name', 'c_address', 'c_phone', 'c_comment'])
      .orderBy('revenue', 'desc')
      .orderBy('c_custkey')
      .limit(20),
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
  query: ({ db }) =>
    db
      .selectFrom(
        db
          .selectFrom('customer')
          .leftJoin('orders', (join) =>
            join.onRef('o_custkey', '=', 'c_custkey').on('o_comment', 'not like', '%special%requests%'),
          )
          .groupBy('c_custkey')
          .select(({ fn }) => ['c_custkey', fn.count('o_orderkey').as('c_count')])
          .as('c_orders'),
      )
      .groupBy('c_count')
      .select(({ fn }) => ['c_count', fn.countRows().as('custdist')]),
})

export const q18 = defineAsset({
  key: 'q18',
  description: 'Large volume customer.',
  columns: {
    c_name: text(),
    c_custkey: bigint(),
    o_orderkey: bigint(),
    o_orderdate: date(),
    o_totalprice: decimal(15, 2),
    sum_qty: decimal(38, 2),
  },
  primaryKey: ['o_orderkey'],
  incremental: byKey('o_orderkey'),
  upstream: { customer, orders, lineitem },
  query: ({ db }) =>
    db
      .selectFrom('customer')
      .innerJoin('orders', 'o_custkey', 'c_custkey')
      .innerJoin('lineitem', 'l_orderkey', 'o_orderkey')
      .where('o_orderkey', 'in', ({ selectFrom }) =>
        selectFrom('lineitem as l')
          .groupBy('l.l_orderkey')
          .having(({ fn }) => fn.sum('l.l_quantity'), '>', 300)
          .select('l.l_orderkey'),
      )
      .groupBy(['c_name', 'c_custkey', 'o_orderkey', 'o_orderdate', 'o_totalprice'])
      .select(({ fn }) => [
        'c_name',
        'c_custkey',
        'o_orderkey',
        'o_orderdate',
        'o_totalprice',
        fn.sum('l_quantity').as('sum_qty'),
      ])
      .orderBy('o_totalprice', 'desc')
      .orderBy('o_orderdate')
      .orderBy('o_orderkey')
      .limit(100),
})

export const q21 = defineAsset({
  key: 'q21',
  description: 'Suppliers who kept orders waiting.',
  columns: { s_name: text(), numwait: bigint() },
  primaryKey: ['s_name'],
  incremental: byKey('s_name'),
  upstream: { supplier, lineitem, orders, nation },
  query: ({ db }) =>
    db
      .selectFrom('supplier')
      .innerJoin('lineitem as l1', 'l1.l_suppkey', 's_suppkey')
      .innerJoin('orders', 'o_orderkey', 'l1.l_orderkey')
      .innerJoin('nation', 'n_nationkey', 's_nationkey')
      .where('o_orderstatus', '=', 'F')
      .whereRef('l1.l_receiptdate', '>', 'l1.l_commitdate')
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('lineitem as l2')
            .whereRef('l2.l_orderkey', '=', 'l1.l_orderkey')
            .whereRef('l2.l_suppkey', '<>', 'l1.l_suppkey')
            .selectAll(),
        ),
      )
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('lineitem as l3')
              .whereRef('l3.l_orderkey', '=', 'l1.l_orderkey')
              .whereRef('l3.l_suppkey', '<>', 'l1.l_suppkey')
              .whereRef('l3.l_receiptdate', '>', 'l3.l_commitdate')
              .selectAll(),
          ),
        ),
      )
      .where('n_name', '=', 'SAUDI ARABIA')
      .groupBy('s_name')
      .select(({ fn }) => ['s_name', fn.countRows().as('numwait')])
      .orderBy('numwait', 'desc')
      .orderBy('s_name')
      .limit(100),
})

const COUNTRY_CODES = ['13', '31', '23', '29', '30', '18', '17'] as const

export const q22 = defineAsset({
  key: 'q22',
  description: 'Global sales opportunity.',
  columns: { cntrycode: text(), numcust: bigint(), totacctbal: decimal(38, 2) },
  primaryKey: ['cntrycode'],
  incremental: byKey('cntrycode'),
  upstream: { customer, orders },
  query: ({ db }) =>
    db
      .selectFrom(
        db
          .selectFrom('customer')
          .where(({ fn }) => fn.substring('c_phone', 1, 2), 'in', COUNTRY_CODES)
          .where('c_acctbal', '>', ({ selectFrom }) =>
            selectFrom('customer as c')
              .where('c.c_acctbal', '>', 0)
              .where(({ fn }) => fn.substring('c.c_phone', 1, 2), 'in', COUNTRY_CODES)
              .select(({ fn }) => fn.avg('c.c_acctbal').as('average')),
          )
          .where(({ not, exists, selectFrom }) =>
            not(exists(selectFrom('orders').whereRef('o_custkey', '=', 'c_custkey').selectAll())),
          )
          .select(({ fn }) => [fn.substring('c_phone', 1, 2).as('cntrycode'), 'c_acctbal'])
          .as('custsale'),
      )
      .groupBy('cntrycode')
      .select(({ fn }) => ['cntrycode', fn.countRows().as('numcust'), fn.sum('c_acctbal').as('totacctbal')]),
})
