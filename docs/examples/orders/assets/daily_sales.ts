import { bigint, byKey, date, decimal, defineAsset, sqlCheck, text } from 'lake'
import { customers } from './customers.ts'
import { orders } from './orders.ts'

export const dailySales = defineAsset({
  key: 'daily_sales',
  description: 'Orders by day and country.',
  columns: { day: date(), country: text(), orders: bigint().min(1n), total: decimal(20, 2) },
  primaryKey: ['day', 'country'],
  incremental: byKey('day', 'country'),
  upstream: { customers, orders },
  checks: [sqlCheck('no day brings a million', 'total < 1000000')],
  query: ({ db }) =>
    db
      .selectFrom(
        db
          .selectFrom('orders')
          .innerJoin('customers', 'customers.id', 'orders.customer_id')
          .select(({ fn }) => [fn.toDate('placed_at').as('day'), 'country', 'total'])
          .as('sale'),
      )
      .groupBy(['day', 'country'])
      .select(({ fn }) => ['day', 'country', fn.countRows().as('orders'), fn.sum('total').as('total')]),
})
