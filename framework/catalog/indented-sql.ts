/**
 * Breaks generated SQL into lines: each clause of a SELECT begins one, and subqueries are indented.
 */

/** Constants and quoted names, words, and single characters. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\w+|\s+|./g
const CLAUSES = new Set([
  'FROM',
  'WHERE',
  'GROUP',
  'HAVING',
  'ORDER',
  'LIMIT',
  'QUALIFY',
  'UNION',
  'INTERSECT',
  'EXCEPT',
])
const JOINS = new Set(['JOIN', 'LEFT', 'CROSS', 'SEMI', 'ANTI'])

/** Changes only white space outside of quotes. Pure. */
export function indentedSql(sql: string): string {
  const tokens = sql.match(TOKEN) ?? []
  // For each open parenthesis: whether it holds a SELECT. The query itself is the first.
  const open = [true]
  let text = ''
  let last = ''
  const line = () => {
    text = `${text.trimEnd()}\n${'  '.repeat(open.filter((isQuery) => isQuery).length - 1)}`
  }
  tokens.forEach((token, index) => {
    const begins = open.at(-1) === true && (CLAUSES.has(token) || (JOINS.has(token) && !JOINS.has(last)))
    if (token === ')' && open.length > 1 && open.pop()) line()
    if (begins) line()
    text += token
    if (token.trim() !== '') last = token
    if (token !== '(') return
    open.push(tokens[index + 1] === 'SELECT')
    if (open.at(-1)) line()
  })
  return text
}
