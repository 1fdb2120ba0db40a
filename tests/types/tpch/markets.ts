/**
 * TPC-H queries about nations and their trade: 5, 7, 8 and 9, with the parameters of the
 * specification's validation.
 */
import { byKey, decimal, defineAsset, double, int, text } from 'lake'
import { customer, lineitem, nation, orders, part, partsupp, region, supplier } from './tables.ts'

export const q05 = defineAsset({
  key: 'q05',
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

export const q07 = defineAsset({
  key: 'q07',
  description: 'Volume shipping.',
  columns: { supp_nation: text(), cust_nation: text(), l_year: int(), revenue: decimal(38, 4) },
  primaryKey: ['supp_nation', 'cust_nation', 'l_year'],
  incremental: byKey('supp_nation', 'cust_nation', 'l_year'),
  upstream: { supplier, lineitem, orders, customer, nation },
  query: ({ db }) =>
    db
      .selectFrom(
        db
          .selectFrom('supplier')
          .innerJoin('lineitem', 'l_suppkey', 's_suppkey')
          .innerJoin('orders', 'o_orderkey', 'l_orderkey')
          .innerJoin('customer', 'c_custkey', 'o_custkey')
          .innerJoin('nation as n1', 'n1.n_nationkey', 's_nationkey')
          .innerJoin('nation as n2', 'n2.n_nationkey', 'c_nationkey')
          .where(({ eb, and, or }) =>
            or([
              and([eb('n1.n_name', '=', 'FRANCE'), eb('n2.n_name', '=', 'GERMANY')]),
              and([eb('n1.n_name', '=', 'GERMANY'), eb('n2.n_name', '=', 'FRANCE')]),
            ]),
          )
          .where(({ between }) => between('l_shipdate', '1995-01-01', '1996-12-31'))
          .select(({ fn }) => [
            'n1.n_name as supp_nation',
            'n2.n_name as cust_nation',
            fn.year('l_shipdate').as('l_year'),
            fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount')).as('volume'),
          ])
          .as('shipping'),
      )
      .groupBy(['supp_nation', 'cust_nation', 'l_year'])
      .select(({ fn }) => ['supp_nation', 'cust_nation', 'l_year', fn.sum('volume').as('revenue')]),
})

export const q08 = defineAsset({
  key: 'q08',
  description: 'National market share.',
  columns: { o_year: int(), mkt_share: double().nullable() },
  primaryKey: ['o_year'],
  incremental: byKey('o_year'),
  upstream: { part, supplier, lineitem, orders, customer, nation, region },
  query: ({ db }) =>
    db
      .selectFrom(
        db
          .selectFrom('part')
          .innerJoin('lineitem', 'l_partkey', 'p_partkey')
          .innerJoin('supplier', 's_suppkey', 'l_suppkey')
          .innerJoin('orders', 'o_orderkey', 'l_orderkey')
          .innerJoin('customer', 'c_custkey', 'o_custkey')
          .innerJoin('nation as n1', 'n1.n_nationkey', 'c_nationkey')
          .innerJoin('region', 'r_regionkey', 'n1.n_regionkey')
          .innerJoin('nation as n2', 'n2.n_nationkey', 's_nationkey')
          .where('r_name', '=', 'AMERICA')
          .where(({ between }) => between('o_orderdate', '1995-01-01', '1996-12-31'))
          .where('p_type', '=', 'ECONOMY ANODIZED STEEL')
          .select(({ fn }) => [
            fn.year('o_orderdate').as('o_year'),
            fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount')).as('volume'),
            'n2.n_name as nation',
          ])
          .as('all_nations'),
      )
      .groupBy('o_year')
      .select((eb) => {
        const brazil = eb.case().when('nation', '=', 'BRAZIL').then(eb.ref('volume')).else(0).end()
        return ['o_year', eb.fn.divide(eb.fn.sum(brazil), eb.fn.sum('volume')).as('mkt_share')]
      }),
})

export const q09 = defineAsset({
  key: 'q09',
  description: 'Product type profit measure.',
  columns: { nation: text(), o_year: int(), sum_profit: decimal(38, 4) },
  primaryKey: ['nation', 'o_year'],
  incremental: byKey('nation', 'o_year'),
  upstream: { part, supplier, lineitem, partsupp, orders, nation },
  query: ({ db }) =>
    db
      .selectFrom(
        db
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
          .as('profit'),
      )
      .groupBy(['nation', 'o_year'])
      .select(({ fn }) => ['nation', 'o_year', fn.sum('amount').as('sum_profit')]),
})
