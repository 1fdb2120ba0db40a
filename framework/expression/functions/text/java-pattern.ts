/** Translates regular expressions so that Java finds in a text what RE2 finds in it. */
import type { SqlDialect } from '../../dialect.ts'

const WORD = '[0-9A-Za-z_]'
const SPACES = '\\t\\n\\f\\r '

/**
 * Tokens outside of a class that Java reads in another way. RE2 knows ASCII only, `$` is the very
 * end of the text, and only \n ends a line.
 */
const OUTSIDE: Readonly<Record<string, string>> = {
  $: '\\z',
  '.': '[^\\n]',
  '\\b': `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`,
  '\\B': `(?:(?<=${WORD})(?=${WORD})|(?<!${WORD})(?!${WORD}))`,
  '\\s': `[${SPACES}]`,
  '\\S': `[^${SPACES}]`,
  '\\v': '\\x0B',
}

/** Tokens in a class that Java reads in another way: it has nested classes and intersections. */
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
 * The expression in Java's syntax, with RE2's meaning. DuckDB matches with RE2, Spark with Java.
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
    // RE2 and Java read []a] as a class of two characters: a bracket that comes first does not end
    // it.
    if (token === ']' && !atStart) inClass = false
    return INSIDE[token] ?? token
  }).join('')
}

/** The expression as a text of SQL, which each engine reads with RE2's meaning. */
export const patternText = (source: string, dialect: SqlDialect): string =>
  dialect.text(dialect.name === 'spark' ? javaPattern(source) : source)
