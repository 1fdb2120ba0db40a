/** Aggregates over all values of a group in their order. Engines keep the values in memory. */
import { refused } from '../../../refusal.ts'
import { constantNumber } from '../../constant.ts'
import type { DialectName, Expression } from '../../expression.ts'
import {
  type AggregateFunction,
  type AggregateParts,
  type AggregateSql,
  converted,
  type Parameter,
} from '../../function.ts'
import { DOUBLE, EVERY_KIND, NUMERIC, TEXT } from '../../value-type.ts'
import { sortedInSpark } from '../nested/lists.ts'
import { doubleSum, withFilter } from './double-sum.ts'

const number: Parameter = { name: 'number', kinds: NUMERIC }

const asDoubles = ([value, ...others]: readonly Expression[]) => (value ? [converted(value, DOUBLE), ...others] : [])

const present = (value: string) => `${value} IS NOT NULL`

/** The values in ascending order, NaN last; null or empty if there are none. */
const sortedList: Readonly<Record<DialectName, (parts: AggregateParts) => string>> = {
  duckdb: ({ args: [value = ''], distinct, over }) =>
    `list_sort(list(${distinct}${value})${withFilter(present(value), over)})`,
  spark: ({ args: [value = ''], distinct, over }) => `array_sort(collect_list(${distinct}${value})${over})`,
}

/** A body over named values, each computed once. */
const withNames: Readonly<Record<DialectName, (values: Readonly<Record<string, string>>, body: string) => string>> = {
  duckdb: (values, body) => {
    const fields = Object.entries(values).map(([name, value]) => `'${name}': ${value}`)
    return `list_transform([{${fields.join(', ')}}], lambda s: ${body})[1]`
  },
  spark: (values, body) => {
    const fields = Object.entries(values).flatMap(([name, value]) => [`'${name}'`, value])
    return `transform(array(named_struct(${fields.join(', ')})), s -> ${body})[0]`
  },
}

/** The value at an index from 0; null if there is none. */
const at: Readonly<Record<DialectName, (list: string, index: string) => string>> = {
  duckdb: (list, index) => `${list}[CAST(${index} AS BIGINT) + 1]`,
  spark: (list, index) => `get(${list}, CAST(${index} AS INT))`,
}

const count = ({ args, distinct, over }: AggregateParts) => `count(${distinct}${args[0]})${over}`

function quantileIn(dialect: DialectName, share: (parts: AggregateParts) => string): AggregateSql {
  return (parts) => {
    const position = `(CAST(${count(parts)} - 1 AS DOUBLE) * ${share(parts)})`
    const [below, above] = [at[dialect]('s.l', 'floor(s.p)'), at[dialect]('s.l', 'ceil(s.p)')]
    const part = '(s.p - floor(s.p))'
    const between = `(${below} * (1e0 - ${part}) + ${above} * ${part})`
    const body = `CASE WHEN s.p < 0 THEN NULL WHEN ${below} = ${above} THEN ${below} ELSE ${between} END`
    return withNames[dialect]({ l: sortedList[dialect](parts), p: position }, body)
  }
}

/** An aggregate of numbers, which are converted to doubles. */
function ofDoubles(name: string, rest: Pick<AggregateFunction, 'meaning' | 'sql'>): AggregateFunction {
  return {
    kind: 'aggregate',
    name,
    parameters: [number],
    result: DOUBLE,
    adapt: asDoubles,
    nulls: 'always',
    ...rest,
  }
}

const quantileSql = (share: (parts: AggregateParts) => string): AggregateFunction['sql'] => ({
  duckdb: quantileIn('duckdb', share),
  spark: quantileIn('spark', share),
})

const squares: Readonly<Record<DialectName, string>> = {
  duckdb: 'list_sum(list_transform(s.l, lambda v: (v - s.m) * (v - s.m)))',
  spark: 'aggregate(s.l, 0e0, (a, v) -> a + (v - s.m) * (v - s.m))',
}

interface Deviation {
  /** Subtracted from the count: 1 for a sample, 0 for a population. */
  readonly less: 0 | 1
  readonly root: boolean
}

function deviationIn(dialect: DialectName, { less, root }: Deviation): AggregateSql {
  return (parts) => {
    const mean = `(${doubleSum[dialect](parts)} / nullif(CAST(${count(parts)} AS DOUBLE), 0e0))`
    const share = `(${squares[dialect]} / (s.n - ${less}e0))`
    const body = `CASE WHEN s.n > ${less} THEN ${root ? `sqrt${share}` : share} END`
    const list = sortedList[dialect](parts)
    return withNames[dialect]({ l: list, m: mean, n: `CAST(${count(parts)} AS DOUBLE)` }, body)
  }
}

function deviation(name: string, meaning: string, kind: Deviation): AggregateFunction {
  return ofDoubles(name, {
    meaning: `${meaning} The squared distances from the mean are added in ascending order of the values, so that the result does not depend on the order of rows. Engines keep the values of a group in memory.`,
    sql: { duckdb: deviationIn('duckdb', kind), spark: deviationIn('spark', kind) },
  })
}

/**
 * Counts runs of equal values: the longest run wins, and of equally long runs the one with the
 * least value.
 */
const modeIn: Readonly<Record<DialectName, AggregateSql>> = {
  duckdb: (parts) => {
    const [value] = parts.args
    // histogram merges NaN with other doubles, but not if they are in structs.
    const key = `CASE WHEN ${value} IS NOT NULL THEN {'v': ${value}} END`
    const runs = `map_entries(histogram(${key})${parts.over})`
    return `list_sort(list_transform(${runs}, lambda e: {'n': -CAST(e.value AS BIGINT), 'v': e.key.v}))[1].v`
  },
  spark: (parts) => {
    const run = '(CASE WHEN v <=> a.v THEN a.n + 1 ELSE 1 END)'
    const step = `named_struct('v', v, 'n', ${run}, 'b', CASE WHEN ${run} > a.m THEN v ELSE a.b END, 'm', greatest(a.m, ${run}))`
    const nothing = `CAST(NULL AS ${sparkTypeOf(parts)})`
    const start = `named_struct('v', ${nothing}, 'n', 0, 'b', ${nothing}, 'm', 0)`
    return `aggregate(${sortedList.spark(parts)}, ${start}, (a, v) -> ${step}, a -> a.b)`
  },
}

function sparkTypeOf({ types: [type] }: AggregateParts): string {
  if (type?.kind === 'decimal') return `DECIMAL(${type.precision},${type.scale})`
  return type?.kind === 'text' || type === undefined ? 'STRING' : type.kind.toUpperCase()
}

/** Joins the texts. */
const joinedIn: Readonly<Record<DialectName, AggregateSql>> = {
  duckdb: ({ args: [text = '', separator = ''], distinct, orderBy, over }) =>
    `string_agg(${distinct}${text}, ${separator}${orderBy})${over}`,
  spark: (parts) => {
    const [text, separator] = parts.args
    return `CASE WHEN count(${text})${parts.over} > 0 THEN array_join(${sortedInSpark(parts, parts.items)}, ${separator}) END`
  },
}

const INTERPOLATED =
  'For n values in ascending order, counted from 0, it is the value at (n - 1) * q, with linear interpolation between two values. NaN is above all other numbers. Engines keep the values of a group in memory.'

export const SORTED_AGGREGATES: readonly AggregateFunction[] = [
  ofDoubles('median', {
    meaning: `The quantile of 0.5; null if there are no rows. ${INTERPOLATED}`,
    sql: quantileSql(() => '0.5e0'),
  }),
  {
    ...ofDoubles('quantile', {
      meaning: `The value below which the share q of the values lies; null if there are no rows. ${INTERPOLATED}`,
      sql: quantileSql(({ args }) => args[1] ?? ''),
    }),
    parameters: [number, { name: 'q', kinds: ['double'], constant: true }],
    result: ([, share]) =>
      constantNumber(share) >= 0 && constantNumber(share) <= 1
        ? DOUBLE
        : refused(`a quantile of ${constantNumber(share)}`, 'give a share of 0 to 1, such as 0.9'),
  },
  deviation('stddev', 'The standard deviation of a sample; null if there are fewer than two rows.', {
    less: 1,
    root: true,
  }),
  deviation('variance', 'The variance of a sample; null if there are fewer than two rows.', { less: 1, root: false }),
  deviation('stddev_pop', 'The standard deviation of a population; null if there are no rows.', {
    less: 0,
    root: true,
  }),
  deviation('variance_pop', 'The variance of a population; null if there are no rows.', { less: 0, root: false }),
  {
    kind: 'aggregate',
    name: 'mode',
    parameters: [{ name: 'value', kinds: EVERY_KIND }],
    result: ([value]) => value?.type ?? TEXT,
    nulls: 'always',
    meaning:
      'The most frequent value; if several are, the least of them. Null if there are no rows. Engines keep the values of a group in memory.',
    sql: modeIn,
  },
  {
    kind: 'aggregate',
    name: 'string_agg',
    parameters: [
      { name: 'text', kinds: ['text'] },
      { name: 'separator', kinds: ['text'], constant: true },
    ],
    result: TEXT,
    nulls: 'always',
    ordered: true,
    groupsOnly: true,
    meaning:
      'The texts that are not null, with the separator between them, in the order of .orderBy(...). Texts that tie are in their own order. Null if there are no rows. Not available over windows.',
    sql: joinedIn,
  },
]
