/** The text that conversions accept, as regular expressions, and SQL that makes others fail. */
import type { SqlDialect } from '../dialect.ts'
import { patternText } from './text/java-pattern.ts'

/** Stricter than either engine: Java reads `1d` and `0x1p3` too, DuckDB `1_000`. */
export const NUMBER_TEXT =
  '^[ ]*([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|[+-]?[iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][aA][nN])[ ]*$'

export const INTEGER_TEXT = '^[ ]*[+-]?[0-9]+[ ]*$'

export const DECIMAL_TEXT = '^[ ]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)[ ]*$'

/** Years are 1 to 9999. */
const DATE = '([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-[0-9]{2}-[0-9]{2}'

export const DATE_TEXT = `^${DATE}$`

/** Up to 14:59. Engines read more, but no zone has them. */
const OFFSET = '(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])'

/** No engine reads an offset directly after the minutes. */
const TIME = `([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?${OFFSET}?)?`

export const TIMESTAMP_TEXT = `^${DATE}([T ]${TIME})?$`

/** Two digits for each byte. */
export const HEX_TEXT = '^(?:[0-9A-Fa-f]{2})*$'

/** Only text that encodes bytes: the last digit has no bits beyond the last byte. */
export const BASE64_TEXT = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$'

/**
 * The text, or text that no engine can convert if the pattern does not match. Each engine reads
 * text that the other does not: Java `1d`, DuckDB `1_000`. Both read a date with other text behind
 * it.
 */
export function readable(text: string, pattern: string, dialect: SqlDialect): string {
  const source = patternText(pattern, dialect)
  const matches = dialect.name === 'duckdb' ? `regexp_matches(${text}, ${source})` : `${text} RLIKE ${source}`
  return `trim(CASE WHEN ${matches} THEN '' ELSE '(cannot be read) ' END || ${text})`
}
