/** The aggregate that makes an array of the values of a group. */
import type { DialectName } from '../../expression.ts'
import type { AggregateFunction, AggregateParts, AggregateSql, OrderItem } from '../../function.ts'
import { ANY_KIND, arrayOf, TEXT } from '../../value-type.ts'
import { withFilter } from '../aggregate/double-sum.ts'

/** Collects the values with their sort keys, and sorts them. */
export function sortedInSpark(
  { args: [value = ''], distinct, over }: AggregateParts,
  items: readonly OrderItem[],
): string {
  const keys = items.flatMap(({ sql }, index) => [`'k${index}'`, sql])
  const rows = `collect_list(${distinct}CASE WHEN ${value} IS NOT NULL THEN named_struct('t', ${value}, ${keys.join(', ')}) END)${over}`
  const order = items.map(({ direction, nulls }, index) => {
    const [left, right] = [`l.k${index}`, `r.k${index}`]
    const [less, more] = direction === 'asc' ? [-1, 1] : [1, -1]
    const first = nulls === 'first' ? -1 : 1
    return `WHEN ${left} IS NULL AND ${right} IS NOT NULL THEN ${first} WHEN ${left} IS NOT NULL AND ${right} IS NULL THEN ${-first} WHEN ${left} < ${right} THEN ${less} WHEN ${left} > ${right} THEN ${more}`
  })
  return `transform(array_sort(${rows}, (l, r) -> CASE ${order.join(' ')} ELSE 0 END), s -> s.t)`
}

const listIn: Readonly<Record<DialectName, AggregateSql>> = {
  duckdb: ({ args: [value = ''], distinct, orderBy, over }) =>
    `list(${distinct}${value}${orderBy})${withFilter(`${value} IS NOT NULL`, over)}`,
  spark: (parts) => `CASE WHEN count(${parts.args[0]})${parts.over} > 0 THEN ${sortedInSpark(parts, parts.items)} END`,
}

export const LISTS: readonly AggregateFunction[] = [
  {
    kind: 'aggregate',
    name: 'list',
    parameters: [{ name: 'value', kinds: ANY_KIND }],
    result: ([value]) => arrayOf(value?.type ?? TEXT, false),
    nulls: 'always',
    ordered: true,
    groupsOnly: true,
    meaning:
      'An array of the values that are not null, in the order of .orderBy(...). Values that tie are in their own order. Null if there are none. Not available over windows.',
    sql: listIn,
  },
]
