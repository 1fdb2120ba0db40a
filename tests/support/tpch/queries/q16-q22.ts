/** The queries 16 to 22 of TPC-H as assets. */
import { bigint, byKey, date, decimal, defineAsset, double, int, text } from 'lake'
import { customer, lineitem, nation, orders, part, partsupp, supplier } from '../sources.ts'

export const q16 = defineAsset({
  key: 'q16',
  description: 'Parts and supplier relationship.',
  columns: { p_brand: text(), p_type: text(), p_size: int(), supplier_cnt: bigint() },
  primaryKey: ['p_brand', 'p_type', 'p_size'],
  incremental: byKey('p_brand', 'p_type', 'p_size'),
  upstream: { partsupp, part, supplier },
  query: ({ db }) =>
    db
      .selectFrom('partsupp')
      .innerJoin('part', 'p_partkey', 'ps_partkey')
      .where('p_brand', '!=', 'Brand#45')
      .where('p_type', 'not like', 'MEDIUM POLISHED%')
      .where('p_size', 'in', [49, 14, 23, 45, 19, 3, 36, 9])
      .where('ps_suppkey', 'not in', ({ selectFrom }) =>
        selectFrom('supplier').where('s_comment', 'like', '%Customer%Complaints%').select('s_suppkey'),
      )
      .groupBy(['p_brand', 'p_type', 'p_size'])
      .select(({ fn }) => ['p_brand', 'p_type', 'p_size', fn.countDistinct('ps_suppkey').as('supplier_cnt')]),
})

export const q17 = defineAsset({
  key: 'q17',
  description: 'Small-quantity-order revenue.',
  columns: { avg_yearly: double().nullable() },
  oneRow: true,
  upstream: { lineitem, part },
  query: ({ db }) =>
    db
      .selectFrom('lineitem')
      .innerJoin('part', 'p_partkey', 'l_partkey')
      .where('p_brand', '=', 'Brand#23')
      .where('p_container', '=', 'MED BOX')
      .where('l_quantity', '<', ({ selectFrom }) =>
        selectFrom('lineitem as l')
          .whereRef('l.l_partkey', '=', 'part.p_partkey')
          .select(({ fn }) => fn.multiply(0.2, fn.avg('l.l_quantity')).as('least')),
      )
      .select(({ fn }) => fn.divide(fn.sum('l_extendedprice'), 7).as('avg_yearly')),
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
    sum_quantity: decimal(38, 2),
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
        fn.sum('l_quantity').as('sum_quantity'),
      ])
      .orderBy('o_totalprice', 'desc')
      .orderBy('o_orderdate')
      .orderBy('o_orderkey')
      .orderBy('c_custkey')
      .orderBy('c_name')
      .limit(100),
})

export const q19 = defineAsset({
  key: 'q19',
  description: 'Discounted revenue.',
  columns: { revenue: decimal(38, 4).nullable() },
  oneRow: true,
  upstream: { lineitem, part },
  query: ({ db }) =>
    db
      .selectFrom('lineitem')
      .innerJoin('part', 'p_partkey', 'l_partkey')
      .where('l_shipmode', 'in', ['AIR', 'AIR REG'])
      .where('l_shipinstruct', '=', 'DELIVER IN PERSON')
      .where((eb) =>
        eb.or([
          eb.and([
            eb('p_brand', '=', 'Brand#12'),
            eb('p_container', 'in', ['SM CASE', 'SM BOX', 'SM PACK', 'SM PKG']),
            eb.between('l_quantity', 1, 11),
            eb.between('p_size', 1, 5),
          ]),
          eb.and([
            eb('p_brand', '=', 'Brand#23'),
            eb('p_container', 'in', ['MED BAG', 'MED BOX', 'MED PKG', 'MED PACK']),
            eb.between('l_quantity', 10, 20),
            eb.between('p_size', 1, 10),
          ]),
          eb.and([
            eb('p_brand', '=', 'Brand#34'),
            eb('p_container', 'in', ['LG CASE', 'LG BOX', 'LG PACK', 'LG PKG']),
            eb.between('l_quantity', 20, 30),
            eb.between('p_size', 1, 15),
          ]),
        ]),
      )
      .select(({ fn }) => fn.sum(fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount'))).as('revenue')),
})

export const q20 = defineAsset({
  key: 'q20',
  description: 'Potential part promotion.',
  columns: { s_name: text(), s_address: text() },
  primaryKey: ['s_name'],
  incremental: byKey('s_name'),
  upstream: { supplier, nation, partsupp, part, lineitem },
  query: ({ db }) =>
    db
      .selectFrom('supplier')
      .innerJoin('nation', 'n_nationkey', 's_nationkey')
      .where('n_name', '=', 'CANADA')
      .where('s_suppkey', 'in', ({ selectFrom }) =>
        selectFrom('partsupp')
          .where('ps_partkey', 'in', (inner) =>
            inner.selectFrom('part').where('p_name', 'like', 'forest%').select('p_partkey'),
          )
          .where('ps_availqty', '>', (inner) =>
            inner
              .selectFrom('lineitem')
              .whereRef('l_partkey', '=', 'ps_partkey')
              .whereRef('l_suppkey', '=', 'ps_suppkey')
              .where('l_shipdate', '>=', '1994-01-01')
              .where('l_shipdate', '<', '1995-01-01')
              .select(({ fn }) => fn.multiply(0.5, fn.sum('l_quantity')).as('half')),
          )
          .select('ps_suppkey'),
      )
      .select(['s_name', 's_address']),
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
      .where('n_name', '=', 'SAUDI ARABIA')
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('lineitem as l2')
            .whereRef('l2.l_orderkey', '=', 'l1.l_orderkey')
            .whereRef('l2.l_suppkey', '!=', 'l1.l_suppkey')
            .select('l2.l_orderkey'),
        ),
      )
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('lineitem as l3')
              .whereRef('l3.l_orderkey', '=', 'l1.l_orderkey')
              .whereRef('l3.l_suppkey', '!=', 'l1.l_suppkey')
              .whereRef('l3.l_receiptdate', '>', 'l3.l_commitdate')
              .select('l3.l_orderkey'),
          ),
        ),
      )
      .groupBy('s_name')
      .select(({ fn }) => ['s_name', fn.countRows().as('numwait')])
      .orderBy('numwait', 'desc')
      .orderBy('s_name')
      .limit(100),
})

export const q22 = defineAsset({
  key: 'q22',
  description: 'Global sales opportunity.',
  columns: { cntrycode: text(), numcust: bigint(), totacctbal: decimal(38, 2) },
  primaryKey: ['cntrycode'],
  incremental: byKey('cntrycode'),
  upstream: { customer, orders },
  query: ({ db }) => {
    const codes = ['13', '31', '23', '29', '30', '18', '17']
    const sales = db
      .selectFrom('customer')
      .where(({ fn }) => fn.substring('c_phone', 1, 2), 'in', codes)
      .where('c_acctbal', '>', ({ selectFrom }) =>
        selectFrom('customer as c')
          .where('c.c_acctbal', '>', 0)
          .where(({ fn }) => fn.substring('c.c_phone', 1, 2), 'in', codes)
          .select(({ fn }) => fn.avg('c.c_acctbal').as('mean')),
      )
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('orders').whereRef('o_custkey', '=', 'c_custkey').select('o_orderkey'))),
      )
      .select(({ fn }) => [fn.substring('c_phone', 1, 2).as('cntrycode'), 'c_acctbal'])
    return db
      .selectFrom(sales.as('sales'))
      .groupBy('cntrycode')
      .select(({ fn }) => ['cntrycode', fn.countRows().as('numcust'), fn.sum('c_acctbal').as('totacctbal')])
  },
})
