/**
 * A project whose lake has something for every part of the catalogue: versions, partitions, refused
 * lines, unknown keys, a check that warns, a check that has failed a run, and texts that would
 * break a careless page.
 */
import { expect } from 'vitest'
import { lake, writeFiles } from '../programs/lake-process.ts'
import { edit } from '../projects/project-copy.ts'

export const SCRIPT = '</script><script>document.title = "hacked"</script>'
export const IMAGE = '<img src=x onerror=\'document.title = "hacked"\'>'

const CHECK = "sqlCheck('nobody spends much', 'spent < 20', { severity: 'warn' })"
const STRICT = "sqlCheck('nobody spends much', 'spent < 20')"

const FILES = {
  'package.json': '{ "name": "shop", "type": "module" }',
  'config/lake.config.ts': `
    import { defineConfig } from 'lake'
    import * as assets from '../assets/shop.ts'
    export default defineConfig({ assets, profiles: { default: { lake: '.lake', input: 'data' } } })`,
  'assets/shop.ts': `
    import { bigint, byKey, decimal, defineAsset, defineSource, oneOf, sqlCheck, text } from 'lake'
    export const orders = defineSource({
      key: 'orders',
      description: ${JSON.stringify(`One line per order ${SCRIPT}`)},
      group: 'raw',
      owner: 'team-shop@example.com',
      columns: {
        id: bigint().describe('The number of the order.'),
        customer: text().min(1),
        day: text(),
        channel: oneOf('web', 'shop').describe(${JSON.stringify(IMAGE)}),
        total: decimal(10, 2),
      },
      maxRejected: 0.9,
    })
    export const customers = defineAsset({
      key: 'customers',
      description: 'What each customer has spent.',
      group: 'marts',
      owner: 'team-shop@example.com',
      tags: ['dimension'],
      columns: { customer: text().describe('The name of the customer.'), orders: bigint(), spent: decimal(20, 2) },
      primaryKey: ['customer'],
      incremental: byKey('customer'),
      upstream: { orders },
      checks: [${CHECK}],
      query: ({ db }) =>
        db
          .selectFrom('orders')
          .where('channel', '=', 'web')
          .groupBy('customer')
          .select(({ fn }) => ['customer', fn.countRows().as('orders'), fn.sum('total').as('spent')]),
    })
    export const days = defineAsset({
      key: 'days',
      group: 'marts',
      columns: { day: text(), customer: text(), orders: bigint() },
      primaryKey: ['day', 'customer'],
      partitionBy: ['day'],
      upstream: { orders, customers },
      query: ({ db }) =>
        db
          .selectFrom('orders')
          .innerJoin('customers', 'customers.customer', 'orders.customer')
          .groupBy(['orders.day', 'orders.customer'])
          .select(({ fn }) => ['orders.day as day', 'orders.customer as customer', fn.countRows().as('orders')]),
    })
    export const best = defineAsset({
      key: 'best',
      description: 'Customers who have spent more than 10.',
      columns: { customer: text(), spent: decimal(20, 2) },
      primaryKey: ['customer'],
      upstream: { customers },
      query: ({ db }) => db.selectFrom('customers').where('spent', '>', 10).select(['customer', 'spent']),
    })`,
}

/** Makes the project with three versions of its tables. Then a stricter check fails a run. */
export function makeShop(directory: string): void {
  writeFiles(directory, FILES)
  for (const day of [1, 2, 3]) {
    writeFiles(directory, { [`data/orders/2026-11-0${day}.json`]: ordersOf(day) })
    expect(lake(['materialize'], { cwd: directory }).status).toBe(0)
  }
  const undo = edit(directory, 'assets/shop.ts', [CHECK, STRICT])
  expect(lake(['materialize', 'customers'], { cwd: directory }).status).toBe(1)
  undo()
  writeFiles(directory, { 'data/orders/2026-11-04.json': ordersOf(4) })
}

function ordersOf(day: number): string {
  const customers = ['ann', 'bob', 'cy', 'dora', 'eve'].slice(0, day + 1)
  const orders = customers.map((customer, index) => ({
    ...{ id: day * 10 + index, customer, day: `2026-11-0${day}`, channel: index === 1 ? 'shop' : 'web' },
    ...{ total: 4.5 * (index + 1), ...(day > 1 && { coupon: IMAGE }) },
  }))
  const refused = [`{"id":"${day}","customer":"x"} ${SCRIPT}`, '']
  return [...orders.map((order) => JSON.stringify(order)), ...(day === 3 ? refused : [''])].join('\n')
}
