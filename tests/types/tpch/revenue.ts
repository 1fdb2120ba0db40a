/**
 * TPC-H queries that sum up line items: 1, 6, 14, 15, 17 and 19, with the parameters of the
 * specification's validation.
 */
import { bigint, byKey, decimal, defineAsset, double, text } from 'lake'
import { lineitem, part, supplier } from './tables.ts'

export const q01 = defineAsset({
  key: 'q01',
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

export const q06 = defineAsset({
  key: 'q06',
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
        const revenue = fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount'))
        const promotion = eb.case().when('p_type', 'like', 'PROMO%').then(revenue).else(0).end()
        return fn.divide(fn.multiply(100, fn.sum(promotion)), fn.sum(revenue)).as('promo_revenue')
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
  upstream: { lineitem, supplier },
  query: ({ db }) =>
    db
      .with('revenue', (cte) =>
        cte
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
        selectFrom('revenue as r').select(({ fn }) => fn.max('r.total_revenue').as('most')),
      )
      .select(['s_suppkey', 's_name', 's_address', 's_phone', 'total_revenue']),
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
        selectFrom('lineitem as other')
          .whereRef('other.l_partkey', '=', 'part.p_partkey')
          .select(({ fn }) => fn.multiply(0.2, fn.avg('other.l_quantity')).as('limit')),
      )
      .select(({ fn }) => fn.divide(fn.sum('l_extendedprice'), 7).as('avg_yearly')),
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
      .where(({ eb, and, or, between }) =>
        or([
          and([
            eb('p_brand', '=', 'Brand#12'),
            eb('p_container', 'in', ['SM CASE', 'SM BOX', 'SM PACK', 'SM PKG']),
            between('l_quantity', 1, 11),
            between('p_size', 1, 5),
          ]),
          and([
            eb('p_brand', '=', 'Brand#23'),
            eb('p_container', 'in', ['MED BAG', 'MED BOX', 'MED PKG', 'MED PACK']),
            between('l_quantity', 10, 20),
            between('p_size', 1, 10),
          ]),
          and([
            eb('p_brand', '=', 'Brand#34'),
            eb('p_container', 'in', ['LG CASE', 'LG BOX', 'LG PACK', 'LG PKG']),
            between('l_quantity', 20, 30),
            between('p_size', 1, 15),
          ]),
        ]),
      )
      .select(({ fn }) => fn.sum(fn.multiply('l_extendedprice', fn.subtract(1, 'l_discount'))).as('revenue')),
})
