/**
 * The text that fn.toDouble takes for a number, as a regular expression that RE2 and Java read alike. Each engine takes more: Java `1d`
 * and `0x1p3`, DuckDB `1_000`.
 */
export const NUMBER_TEXT =
  '^[ ]*([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|[+-]?[iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][aA][nN])[ ]*$'
