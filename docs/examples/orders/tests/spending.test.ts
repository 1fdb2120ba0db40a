import { testAsset } from 'lake'
import { expect, it } from 'vitest'
import { spending } from '../assets/spending.ts'

const placed_at = new Date('2026-11-01T09:00:00Z')
const customer = { name: 'Ann', country: 'DE' }

it('adds up what a customer has ordered', async () => {
  const rows = await testAsset(spending, {
    customers: [
      { ...customer, id: 'ann' },
      { ...customer, id: 'new' },
    ],
    orders: [
      { id: 1n, customer_id: 'ann', placed_at, total: '12.50' },
      { id: 2n, customer_id: 'ann', placed_at, total: '0.50' },
    ],
  })
  expect(rows).toEqual([
    { customer: 'ann', name: 'Ann', orders: 2n, spent: '13.00' },
    { customer: 'new', name: 'Ann', orders: 0n, spent: '0.00' },
  ])
})
