/**
 * Lists the functions of the query language by their names in the tree, with the kinds of their
 * arguments.
 */

/** The tree names lake's functions `lake:NAME`, a name that no SQL function can have. */
export const PREFIX = 'lake:'

/** SQL that the author writes. */
export const RAW_SQL = `${PREFIX}sql_for`

/**
 * What a string means as an argument: the name of a column, or a constant text. The last kind of a
 * list applies to all further arguments.
 */
export type ArgumentKind = 'column' | 'constant'

const column = ['column'] as const
const constant = ['constant'] as const
const withOptions = ['column', 'constant'] as const

/** Scalar functions. */
export const SCALAR_FUNCTIONS = {
  concat: constant,
  length: column,
  upper: column,
  lower: column,
  upper_ascii: column,
  lower_ascii: column,
  trim: withOptions,
  trim_start: withOptions,
  trim_end: withOptions,
  trim_spaces: column,
  substring: column,
  left: column,
  right: column,
  replace: withOptions,
  split_part: withOptions,
  pad_start: withOptions,
  pad_end: withOptions,
  position: withOptions,
  starts_with: withOptions,
  ends_with: withOptions,
  contains: withOptions,
  like: withOptions,
  matches: withOptions,
  regexp_extract: withOptions,
  regexp_replace: withOptions,
  reverse: column,
  repeat: column,
  octet_length: column,
  to_hex: column,
  from_hex: column,
  to_base64: column,
  from_base64: column,
  to_binary: column,
  md5: column,
  sha256: column,
  xxhash64: column,
  abs: column,
  sign: column,
  round: column,
  floor: column,
  ceil: column,
  trunc: column,
  power: column,
  sqrt: column,
  exp: column,
  ln: column,
  log10: column,
  log2: column,
  add: column,
  subtract: column,
  multiply: column,
  divide: column,
  int_divide: column,
  modulo: column,
  negate: column,
  to_int: column,
  to_bigint: column,
  to_double: column,
  to_decimal: column,
  to_text: column,
  to_date: column,
  to_timestamp: column,
  year: column,
  quarter: column,
  month: column,
  day: column,
  day_of_year: column,
  hour: column,
  minute: column,
  second: column,
  iso_week: column,
  iso_year: column,
  iso_weekday: column,
  truncate: withOptions,
  add_to: ['column', 'column', 'constant'],
  difference: ['column', 'column', 'constant'],
  timestamp_millis: column,
  epoch_millis: column,
  make_date: column,
  parse_date: withOptions,
  parse_timestamp: withOptions,
  format: withOptions,
  to_zone: withOptions,
  from_zone: withOptions,
  last_day: column,
  coalesce: column,
  null_if: withOptions,
  iff: column,
  array: column,
  array_length: column,
  element: column,
  array_contains: withOptions,
  array_distinct: column,
  array_sort: column,
  array_concat: column,
  array_slice: column,
  array_join: withOptions,
  split: withOptions,
  field: withOptions,
  map_from_entries: column,
  map_entries: column,
  map_keys: column,
  map_values: column,
  map_length: column,
  map_element: withOptions,
  map_contains: withOptions,
  greatest: column,
  least: column,
} as const satisfies Readonly<Record<string, readonly ArgumentKind[]>>

/** Functions that give several rows for a row. */
export const SERIES_FUNCTIONS = {
  series: ['column', 'column', 'constant'],
  unnest: column,
} as const satisfies Readonly<Record<string, readonly ArgumentKind[]>>

/** Aggregates, which can be used over a window with `.over()`. */
export const AGGREGATE_FUNCTIONS = {
  count: column,
  count_distinct: column,
  count_rows: column,
  count_if: column,
  sum: column,
  sum_bigint: column,
  avg: column,
  min: column,
  max: column,
  min_by: column,
  max_by: column,
  median: column,
  quantile: column,
  bool_and: column,
  bool_or: column,
  string_agg: withOptions,
  list: column,
  stddev: column,
  variance: column,
  stddev_pop: column,
  variance_pop: column,
  mode: column,
} as const satisfies Readonly<Record<string, readonly ArgumentKind[]>>

/** Functions that need a window. */
export const WINDOW_FUNCTIONS = {
  row_number: column,
  rank: column,
  dense_rank: column,
  percent_rank: column,
  cume_dist: column,
  ntile: column,
  lag: withOptions,
  lead: withOptions,
  first_value: column,
  last_value: column,
  nth_value: column,
} as const satisfies Readonly<Record<string, readonly ArgumentKind[]>>

/** Functions that `fn` writes by hand. */
const OTHER_FUNCTIONS = ['struct', 'map'] as const

export type FunctionName =
  | (typeof OTHER_FUNCTIONS)[number]
  | keyof typeof SCALAR_FUNCTIONS
  | keyof typeof SERIES_FUNCTIONS
  | keyof typeof AGGREGATE_FUNCTIONS
  | keyof typeof WINDOW_FUNCTIONS

export const FUNCTION_NAMES = [
  ...[SCALAR_FUNCTIONS, SERIES_FUNCTIONS, AGGREGATE_FUNCTIONS, WINDOW_FUNCTIONS].flatMap((functions) =>
    Object.keys(functions),
  ),
  ...OTHER_FUNCTIONS,
] as readonly FunctionName[]

/** A function's name in TypeScript: `lastDay` for `last_day`. */
export const functionName = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
