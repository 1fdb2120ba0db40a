/** Defines the steps of a series of values, and their limit. */

/** The distance of the values: a number between whole numbers, a unit between dates and moments. */
export type SeriesStep =
  | { readonly kind: 'number'; readonly by: number }
  | { readonly kind: 'time'; readonly unit: TimeUnit }

/** Units of dates. */
export const DATE_UNITS = ['year', 'quarter', 'month', 'week', 'day'] as const

/** Units of timestamps. */
export const TIME_UNITS = [...DATE_UNITS, 'hour', 'minute', 'second'] as const

export type TimeUnit = (typeof TIME_UNITS)[number]

/** Units whose length in days differs. */
export const isOfMonths = (unit: TimeUnit): boolean => unit === 'year' || unit === 'quarter' || unit === 'month'

/**
 * Maximum number of values that a series gives for one row. It holds 2,700 years of days or a year
 * of minutes.
 */
export const MAX_VALUES = 1_000_000
