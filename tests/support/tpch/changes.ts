/** Changes of the tables of TPC-H, each of which affects many queries. */
import type { TpchTables } from './reference-tables.ts'

/** A change of the tables: its description, and how to make it. */
export interface TpchChange {
  readonly what: string
  readonly make: (tables: TpchTables) => Promise<void>
}

export const CHANGES: readonly TpchChange[] = [
  { what: 'the benchmark’s inserts and deletes', make: (tables) => tables.refresh(1) },
  {
    what: 'customers of other segments, nations and balances',
    make: async (tables) => {
      await tables.update('customer', "c_mktsegment = 'BUILDING'", 'c_custkey % 13 = 1')
      await tables.update('customer', "c_mktsegment = 'MACHINERY'", "c_mktsegment = 'BUILDING' AND c_custkey % 7 = 2")
      await tables.update(
        'customer',
        'c_nationkey = (c_nationkey + 7) % 25, c_acctbal = c_acctbal + 1000',
        'c_custkey % 11 = 3',
      )
    },
  },
  {
    what: 'parts of other types, sizes and names, and other costs of them',
    make: async (tables) => {
      await tables.update('part', "p_type = 'PROMO BRUSHED BRASS', p_size = 15", 'p_partkey % 97 = 1')
      await tables.update('part', "p_type = 'ECONOMY ANODIZED STEEL', p_name = 'forest green'", 'p_partkey % 89 = 2')
      await tables.update('part', "p_brand = 'Brand#23', p_container = 'MED BOX', p_size = 9", 'p_partkey % 101 = 3')
      await tables.update(
        'partsupp',
        'ps_supplycost = ps_supplycost / 2, ps_availqty = ps_availqty * 3',
        'ps_partkey % 103 = 4',
      )
    },
  },
  {
    what: 'suppliers of other nations, one with complaints, and one at twice the price',
    make: async (tables) => {
      await tables.update('supplier', 's_nationkey = 20', 's_suppkey % 37 = 1')
      await tables.update('supplier', 's_nationkey = 3', 's_suppkey % 41 = 2')
      await tables.update('supplier', 's_nationkey = 7', 's_suppkey % 43 = 3')
      await tables.update('supplier', "s_comment = 'no Customer has Complaints'", 's_suppkey % 50 = 4')
      await tables.update('lineitem', 'l_extendedprice = l_extendedprice * 2', 'l_suppkey = 7')
    },
  },
  { what: 'a second round of inserts and deletes', make: (tables) => tables.refresh(2) },
]
