import { bigint, decimal, defineSource, text, timestamp } from 'lake'

export const orders = defineSource({
  key: 'orders',
  description: 'One line of JSON per order, a file a day.',
  columns: { id: bigint(), customer_id: text(), placed_at: timestamp(), total: decimal(10, 2) },
})
