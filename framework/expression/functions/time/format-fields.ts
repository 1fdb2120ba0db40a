/** Reads formats of dates and timestamps, such as `yyyy-MM-dd'T'HH:mm:ss`. */

export const MONTH_NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export interface Field {
  /** The part of a timestamp that it reads or writes. */
  readonly part: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'none'
  /** The specifier of DuckDB's strftime. */
  readonly strftime: string
  /** The regular expression of its text; undefined for a field that can only be written. */
  readonly pattern: string | undefined
}

/** The fields by their letters, which are Java's. */
export const FORMAT_FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['yyyy', { part: 'year', strftime: '%Y', pattern: '[0-9]{4}' }],
  ['MM', { part: 'month', strftime: '%m', pattern: '0[1-9]|1[0-2]' }],
  ['M', { part: 'month', strftime: '%-m', pattern: '1[0-2]|0?[1-9]' }],
  ['MMM', { part: 'month', strftime: '%b', pattern: MONTH_NAMES.join('|') }],
  ['dd', { part: 'day', strftime: '%d', pattern: '[0-3][0-9]' }],
  ['d', { part: 'day', strftime: '%-d', pattern: '[1-3][0-9]|0?[1-9]' }],
  ['HH', { part: 'hour', strftime: '%H', pattern: '[01][0-9]|2[0-3]' }],
  ['H', { part: 'hour', strftime: '%-H', pattern: '1[0-9]|2[0-3]|0?[0-9]' }],
  ['mm', { part: 'minute', strftime: '%M', pattern: '[0-5][0-9]' }],
  ['ss', { part: 'second', strftime: '%S', pattern: '[0-5][0-9]' }],
  ['SSS', { part: 'fraction', strftime: '%g', pattern: '[0-9]{3}' }],
  ['SSSSSS', { part: 'fraction', strftime: '%f', pattern: '[0-9]{6}' }],
  ['EEE', { part: 'none', strftime: '%a', pattern: undefined }],
])

export type Piece<Known = Field> = { readonly letters: string; readonly field: Known } | { readonly constant: string }

/**
 * Splits a format into fields, such as `yyyy`, and constants; returns a message if it cannot.
 * Letters of a constant are between single quotes.
 */
export function readFormat<Known>(
  format: string,
  fields: ReadonlyMap<string, Known>,
): readonly Piece<Known>[] | string {
  const pieces: Piece<Known>[] = []
  const push = (constant: string) => {
    const last = pieces.at(-1)
    // Merges constants, since two quoted texts side by side would read as one with a quote in it.
    if (last && 'constant' in last) pieces.splice(-1, 1, { constant: last.constant + constant })
    else pieces.push({ constant })
  }
  for (const [written, quoted, letters] of format.matchAll(/'([^']*)'|([A-Za-z])\2*|[^A-Za-z']|'/gs)) {
    if (quoted !== undefined) push(quoted === '' ? "'" : quoted)
    else if (letters === undefined) {
      if (written === "'") return 'it has a quote without its end'
      push(written)
    } else {
      const field = fields.get(written)
      if (!field) return `it has ${written}, which is no field`
      pieces.push({ letters: written, field })
    }
  }
  return pieces
}

/** A constant as a regular expression that matches only it. */
export const escapedForRegex = (constant: string): string => constant.replace(/[.*+?^$()[\]{}|\\]/g, '\\$&')
