/**
 * The eight tables of TPC-H as sources: one line for each row, dates as dates, money as decimals.
 */
import { bigint, date, decimal, defineSource, int, text } from 'lake'

const money = () => decimal(15, 2)

export const region = defineSource({
  key: 'region',
  columns: { r_regionkey: int(), r_name: text(), r_comment: text() },
})

export const nation = defineSource({
  key: 'nation',
  columns: { n_nationkey: int(), n_name: text(), n_regionkey: int(), n_comment: text() },
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
    p_retailprice: money(),
    p_comment: text(),
  },
})

export const supplier = defineSource({
  key: 'supplier',
  columns: {
    s_suppkey: bigint(),
    s_name: text(),
    s_address: text(),
    s_nationkey: int(),
    s_phone: text(),
    s_acctbal: money(),
    s_comment: text(),
  },
})

export const partsupp = defineSource({
  key: 'partsupp',
  columns: {
    ps_partkey: bigint(),
    ps_suppkey: bigint(),
    ps_availqty: bigint(),
    ps_supplycost: money(),
    ps_comment: text(),
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
    c_acctbal: money(),
    c_mktsegment: text(),
    c_comment: text(),
  },
})

export const orders = defineSource({
  key: 'orders',
  columns: {
    o_orderkey: bigint(),
    o_custkey: bigint(),
    o_orderstatus: text(),
    o_totalprice: money(),
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
    l_quantity: money(),
    l_extendedprice: money(),
    l_discount: money(),
    l_tax: money(),
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
