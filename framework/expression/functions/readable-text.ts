/** The text that conversions accept, as regular expressions that RE2 and Java read alike. */

/** Stricter than either engine: Java reads `1d` and `0x1p3` too, DuckDB `1_000`. */
export const NUMBER_TEXT =
  '^[ ]*([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|[+-]?[iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][aA][nN])[ ]*$'

export const INTEGER_TEXT = '^[ ]*[+-]?[0-9]+[ ]*$'

export const DECIMAL_TEXT = '^[ ]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)[ ]*$'

/** Years are 1 to 9999. */
const DATE = '([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-[0-9]{2}-[0-9]{2}'

export const DATE_TEXT = `^${DATE}$`

const TIME = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?'

/** Offsets are up to 14:59. Engines read more, but no zone has them. */
export const TIMESTAMP_TEXT = `^${DATE}([T ]${TIME}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?$`
