/** The eight tables of TPC-H as sources. */
import { bigint, date, decimal, defineSource, int, text } from 'lake'

export const region = defineSource({
  key: 'region',
  columns: { r_regionkey: int(), r_name: text(), r_comment: text() },
})

export const nation = defineSource({
  key: 'nation',
  columns: { n_nationkey: int(), n_name: text(), n_regionkey: int(), n_comment: text() },
})

export const supplier = defineSource({
  key: 'supplier',
  columns: {
    s_suppkey: bigint(),
    s_name: text(),
    s_address: text(),
    s_nationkey: int(),
    s_phone: text(),
    s_acctbal: decimal(15, 2),
    s_comment: text(),
  },
})

export const customer = defineSource({
  key: 'customer',
  columns: {
    c_custkey: bigint(),
    c_name: text(),
    c_address: text(),
    c_nationkey: int(),
    c_phone: text(),
    c_acctbal: decimal(15, 2),
    c_mktsegment: text(),
    c_comment: text(),
  },
})

export const part = defineSource({
  key: 'part',
  columns: {
    p_partkey: bigint(),
    p_name: text(),
    p_mfgr: text(),
    p_brand: text(),
    p_type: text(),
    p_size: int(),
    p_container: text(),
    p_retailprice: decimal(15, 2),
    p_comment: text(),
  },
})

export const partsupp = defineSource({
  key: 'partsupp',
  columns: {
    ps_partkey: bigint(),
    ps_suppkey: bigint(),
    ps_availqty: bigint(),
    ps_supplycost: decimal(15, 2),
    ps_comment: text(),
  },
})

export const orders = defineSource({
  key: 'orders',
  columns: {
    o_orderkey: bigint(),
    o_custkey: bigint(),
    o_orderstatus: text(),
    o_totalprice: decimal(15, 2),
    o_orderdate: date(),
    o_orderpriority: text(),
    o_clerk: text(),
    o_shippriority: int(),
    o_comment: text(),
  },
})

export const lineitem = defineSource({
  key: 'lineitem',
  columns: {
    l_orderkey: bigint(),
    l_partkey: bigint(),
    l_suppkey: bigint(),
    l_linenumber: bigint(),
    l_quantity: decimal(15, 2),
    l_extendedprice: decimal(15, 2),
    l_discount: decimal(15, 2),
    l_tax: decimal(15, 2),
    l_returnflag: text(),
    l_linestatus: text(),
    l_shipdate: date(),
    l_commitdate: date(),
    l_receiptdate: date(),
    l_shipinstruct: text(),
    l_shipmode: text(),
    l_comment: text(),
  },
})
