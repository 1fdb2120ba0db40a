/**
 * TPC-H queries about parts and who supplies them: 2, 11, 16 and 20, with the parameters of the
 * specification's validation.
 */
import { bigint, byKey, decimal, defineAsset, int, text } from 'lake'
import { lineitem, nation, part, partsupp, region, supplier } from './tables.ts'

export const q02 = defineAsset({
  key: 'q02',
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
          .whereRef('ps.ps_partkey', '=', 'p_partkey')
          .where('r.r_name', '=', 'EUROPE')
          .select(({ fn }) => fn.min('ps.ps_supplycost').as('least')),
      )
      .select(['s_acctbal', 's_name', 'n_name', 'p_partkey', 'p_mfgr', 's_address', 's_phone', 's_comment'])
      .orderBy('s_acctbal', 'desc')
      .orderBy('n_name')
      .orderBy('s_name')
      .orderBy('p_partkey')
      .limit(100),
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
          fn.multiply(fn.sum(fn.multiply('ps_supplycost', 'ps_availqty')), 0.0001).as('threshold'),
        ),
      )
      .select(({ fn }) => ['ps_partkey', fn.sum(fn.multiply('ps_supplycost', 'ps_availqty')).as('value')])
  },
})

export const q16 = defineAsset({
  key: 'q16',
  description: 'Parts/supplier relationship.',
  columns: { p_brand: text(), p_type: text(), p_size: int(), supplier_cnt: bigint() },
  primaryKey: ['p_brand', 'p_type', 'p_size'],
  incremental: byKey('p_brand', 'p_type', 'p_size'),
  upstream: { partsupp, part, supplier },
  query: ({ db }) =>
    db
      .selectFrom('partsupp')
      .innerJoin('part', 'p_partkey', 'ps_partkey')
      .where('p_brand', '<>', 'Brand#45')
      .where('p_type', 'not like', 'MEDIUM POLISHED%')
      .where('p_size', 'in', [49, 14, 23, 45, 19, 3, 36, 9])
      .where('ps_suppkey', 'not in', ({ selectFrom }) =>
        selectFrom('supplier').where('s_comment', 'like', '%Customer%Complaints%').select('s_suppkey'),
      )
      .groupBy(['p_brand', 'p_type', 'p_size'])
      .select(({ fn }) => ['p_brand', 'p_type', 'p_size', fn.countDistinct('ps_suppkey').as('supplier_cnt')]),
})

export const q20 = defineAsset({
  key: 'q20',
  description: 'Potential part promotion.',
  columns: { s_suppkey: bigint(), s_name: text(), s_address: text() },
  primaryKey: ['s_suppkey'],
  incremental: byKey('s_suppkey'),
  upstream: { supplier, nation, partsupp, part, lineitem },
  query: ({ db }) =>
    db
      .selectFrom('supplier')
      .innerJoin('nation', 'n_nationkey', 's_nationkey')
      .where('n_name', '=', 'CANADA')
      .where('s_suppkey', 'in', ({ selectFrom }) =>
        selectFrom('partsupp')
          .where('ps_partkey', 'in', (eb) =>
            eb.selectFrom('part').where('p_name', 'like', 'forest%').select('p_partkey'),
          )
          .where('ps_availqty', '>', (eb) =>
            eb
              .selectFrom('lineitem')
              .whereRef('l_partkey', '=', 'ps_partkey')
              .whereRef('l_suppkey', '=', 'ps_suppkey')
              .where('l_shipdate', '>=', '1994-01-01')
              .where('l_shipdate', '<', '1995-01-01')
              .select(({ fn }) => fn.multiply(0.5, fn.sum('l_quantity')).as('half')),
          )
          .select('ps_suppkey'),
      )
      .select(['s_suppkey', 's_name', 's_address']),
})
