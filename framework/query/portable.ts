/** The names under which portable functions stand in query trees, and the functions themselves. */
import { fn } from './builder/fn.ts'

export { PORTABLE_PREFIX } from './builder/function-names.ts'

/** What a portable function is called in the query tree; each dialect has one implementation of each. */
export const PORTABLE_NAMES = [
  'concat',
  'md5',
  'timestamp_millis',
  'year',
  'month',
  'day',
  'hour',
  'iso_week',
  'iso_weekday',
  'to_text',
  'to_int',
  'to_bigint',
  'to_double',
  'int_divide',
  'null_if',
  'lower_ascii',
  'trim_spaces',
  'min_by',
  'max_by',
  'count_rows',
  'sum_bigint',
] as const

export type PortableName = (typeof PORTABLE_NAMES)[number]

/** The functions, for code that has no query's scope: columns are given as `ref('name')`. */
export const portable = fn

export type PortableFunctions = typeof portable
