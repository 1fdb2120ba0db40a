/**
 * Breaks generated SQL into lines: each clause of a SELECT begins one, and subqueries are indented.
 */

/** Constants and quoted names, words, and single characters. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\w+|\s+|./g
const CLAUSES = new Set(['FROM', 'WHERE', 'HAVING', 'LIMIT', 'QUALIFY', 'UNION', 'INTERSECT', 'EXCEPT'])
/** Words that begin a clause together with BY. */
const BEFORE_BY = new Set(['GROUP', 'ORDER'])
const JOINS = new Set(['JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'SEMI', 'ANTI'])

/** Changes only white space outside of quotes. Pure. */
export function sqlLines(sql: string): readonly string[] {
  const tokens = sql.match(TOKEN) ?? []
  const words = tokens.map((token) => token.toUpperCase())
  // For each open parenthesis: whether it holds a SELECT. The query itself is the first.
  const open = [true]
  const lines: string[] = []
  let line = ''
  let last = ''
  const endLine = () => {
    lines.push(line.trimEnd())
    line = '  '.repeat(open.filter((isQuery) => isQuery).length - 1)
  }
  tokens.forEach((token, index) => {
    const [word = '', next, afterNext] = words.slice(index, index + 3)
    const isClause = (CLAUSES.has(word) && last !== 'DISTINCT') || (BEFORE_BY.has(word) && afterNext === 'BY')
    // LEFT and RIGHT are functions too.
    const isJoin = JOINS.has(word) && !JOINS.has(last) && next !== '('
    if (word === ')' && open.length > 1 && open.pop()) endLine()
    if (open.at(-1) === true && (isClause || isJoin)) endLine()
    line += token
    if (word.trim() !== '') last = word
    if (word !== '(') return
    open.push(next === 'SELECT')
    if (open.at(-1)) endLine()
  })
  return [...lines, line]
}
