const WORD = '[0-9A-Za-z_]'
const SPACES = '\\t\\n\\f\\r '

/** What is not in a class: RE2 looks at ASCII only, at the very ends of the text, and breaks lines at \n alone. */
const OUTSIDE: Readonly<Record<string, string>> = {
  $: '\\z',
  '.': '[^\\n]',
  '\\b': `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`,
  '\\B': `(?:(?<=${WORD})(?=${WORD})|(?<!${WORD})(?!${WORD}))`,
  '\\s': `[${SPACES}]`,
  '\\S': `[^${SPACES}]`,
  '\\v': '\\x0B',
}

/** What is in a class: Java nests classes in each other and intersects them. */
const INSIDE: Readonly<Record<string, string>> = {
  '[': '\\[',
  '&': '\\&',
  '\\s': SPACES,
  '\\S': `[^${SPACES}]`,
  '\\v': '\\x0B',
}

/** An escape, a quantifier or one character. */
const TOKENS = /\\[pPx]\{[^}]*\}|\\.|\{\d+(?:,\d*)?\}|./gsu

/**
 * A regular expression of JavaScript, written so that Java finds in a text what RE2 finds in it: DuckDB checks patterns with the one and Spark
 * with the other.
 */
export function javaPattern(source: string): string {
  let inClass = false
  let first = false
  return Array.from(source.matchAll(TOKENS), ([token]) => {
    const opensClass = token === '[' && !inClass
    const atStart = first
    first = opensClass || (atStart && token === '^')
    if (opensClass) {
      inClass = true
      return token
    }
    if (!inClass) return token === '{' ? '\\{' : (OUTSIDE[token] ?? token)
    // RE2 and Java read []a] as a class of two; so a class ends at a bracket that is not its first.
    if (token === ']' && !atStart) inClass = false
    return INSIDE[token] ?? token
  }).join('')
}
