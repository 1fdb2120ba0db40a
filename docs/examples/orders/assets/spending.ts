import { bigint, byKey, decimal, defineAsset, text } from 'lake'
import { customers } from './customers.ts'
import { orders } from './orders.ts'

export const spending = defineAsset({
  key: 'spending',
  description: 'What each customer has ordered. A customer without orders has spent 0.',
  columns: { customer: text(), name: text(), orders: bigint(), spent: decimal(20, 2) },
  primaryKey: ['customer'],
  incremental: byKey('customer'),
  upstream: { customers, orders },
  query: ({ db }) =>
    db
      .selectFrom('customers')
      .leftJoin('orders', 'orders.customer_id', 'customers.id')
      .groupBy(['customers.id', 'customers.name'])
      .select(({ fn, val }) => [
        'customers.id as customer',
        'customers.name',
        fn.count('orders.id').as('orders'),
        fn.coalesce(fn.sum('orders.total'), val('0')).as('spent'),
      ]),
})
