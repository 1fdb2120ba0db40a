export { customers } from './customers.ts'
export { dailySales } from './daily_sales.ts'
export { orders } from './orders.ts'
export { spending } from './spending.ts'
