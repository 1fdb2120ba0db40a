/**
 * The example of a new project without data of its own: orders, and what each customer has spent.
 */
import type { ProjectFiles } from './new-source.ts'

export function exampleProject(): ProjectFiles {
  return {
    'data/orders/2026-11-01.json': lines([1, 'ann', 12.5], [2, 'bob', 3], [3, 'ann', 4.25]),
    'data/orders/2026-11-02.json': lines([4, 'cy', 20], [5, 'bob', 1.75]),
    'assets/index.ts': `export * from './customers.ts'\nexport * from './orders.ts'\n`,
    'assets/orders.ts': ORDERS,
    'assets/customers.ts': CUSTOMERS,
    'tests/customers.test.ts': TEST,
  }
}

const lines = (...orders: readonly (readonly [number, string, number])[]): string =>
  orders.map(([id, customer, total]) => `${JSON.stringify({ id, customer, total })}\n`).join('')

const ORDERS = `import { bigint, decimal, defineSource, text } from 'lake'

export const orders = defineSource({
  key: 'orders',
  description: 'One line per order, a file a day.',
  columns: { id: bigint(), customer: text(), total: decimal(10, 2) },
})
`

const CUSTOMERS = `import { bigint, byKey, decimal, defineAsset, text } from 'lake'
import { orders } from './orders.ts'

export const customers = defineAsset({
  key: 'customers',
  description: 'What each customer has ordered.',
  columns: { customer: text(), orders: bigint(), spent: decimal(20, 2) },
  primaryKey: ['customer'],
  incremental: byKey('customer'),
  upstream: { orders },
  query: ({ db }) =>
    db
      .selectFrom('orders')
      .groupBy('customer')
      .select(({ fn }) => ['customer', fn.countRows().as('orders'), fn.sum('total').as('spent')]),
})
`

const TEST = `import { testAsset } from 'lake'
import { expect, it } from 'vitest'
import { customers } from '../assets/customers.ts'

it('adds up what a customer has ordered', async () => {
  const orders = [
    { id: 1n, customer: 'ann', total: '12.50' },
    { id: 2n, customer: 'ann', total: '0.50' },
  ]
  expect(await testAsset(customers, { orders })).toEqual([{ customer: 'ann', orders: 2n, spent: '13.00' }])
})
`
