/** Text that conversions read, as regular expressions that RE2 and Java read alike. */

/** Each engine takes more: Java `1d` and `0x1p3`, DuckDB `1_000`. */
export const NUMBER_TEXT =
  '^[ ]*([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|[+-]?[iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][aA][nN])[ ]*$'

export const INTEGER_TEXT = '^[ ]*[+-]?[0-9]+[ ]*$'

export const DECIMAL_TEXT = '^[ ]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)[ ]*$'

/** The year 0 is none. */
const DATE = '([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-[0-9]{2}-[0-9]{2}'

export const DATE_TEXT = `^${DATE}$`

const TIME = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?'

/** Engines know offsets up to 18 hours at least; clocks up to 14. */
export const TIMESTAMP_TEXT = `^${DATE}([T ]${TIME}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?$`
