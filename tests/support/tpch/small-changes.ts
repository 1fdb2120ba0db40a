/** Small changes to TPC-H's tables, whose increments are measured. */
import type { TpchTables } from './reference-tables.ts'

interface SmallChange {
  readonly what: string
  readonly make: (tables: TpchTables, scale: number) => Promise<void>
}

/** Orders all over the table. */
const someOrders = (count: number) =>
  `SELECT o_orderkey FROM orders WHERE o_orderkey % 32 < 8 ORDER BY o_orderkey * 7919 % 15013, o_orderkey LIMIT ${count}`

/** 0.1 % of the orders. */
const few = (scale: number) => Math.max(1, Math.round(1500 * scale))

export const SMALL_CHANGES: readonly SmallChange[] = [
  {
    what: 'new orders with their lines, 0.1 % of all',
    make: async (tables, scale) => {
      const file = 'new.json'
      const orders = someOrders(few(scale))
      await tables.copy('lineitem', `l_orderkey IN (${orders})`, { set: 'l_orderkey + 8 AS l_orderkey', file })
      await tables.copy('orders', `o_orderkey IN (${orders})`, { set: 'o_orderkey + 8 AS o_orderkey', file })
    },
  },
  {
    what: '64 new lines',
    make: (tables) => {
      const lines = `l_linenumber = 1 AND l_orderkey IN (${someOrders(64)})`
      return tables.copy('lineitem', lines, { set: 'l_linenumber + 8 AS l_linenumber', file: 'more.json' })
    },
  },
  {
    what: 'the lines of 0.1 % of the orders deleted from one file',
    make: (tables, scale) => {
      const going = `SELECT o_orderkey FROM orders WHERE o_orderkey >= ${2_000_000 * scale} ORDER BY o_orderkey`
      return tables.delete('lineitem', `l_orderkey IN (${going} LIMIT ${few(scale)})`)
    },
  },
  {
    what: 'one customer’s segment and balance',
    make: (tables) =>
      tables.update('customer', "c_acctbal = c_acctbal + 100, c_mktsegment = 'BUILDING'", 'c_custkey = 777'),
  },
  {
    what: 'a backfill: other prices in most lines',
    make: (tables) => tables.update('lineitem', 'l_extendedprice = l_extendedprice + 1', 'l_orderkey % 10 < 9'),
  },
]
