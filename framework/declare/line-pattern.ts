/** Translates regular expressions for the validation of lines, in JavaScript and in Python. */

/** One pattern for both languages. Both match what RE2 matches, which checks the rows of tables. */
export interface LinePattern {
  /** For `new RegExp(javascript, 'u')`. */
  readonly javascript: string
  /** For `re.compile(python, re.ASCII).search`. */
  readonly python: string
}

const SPACES = '\\t\\n\\f\\r '

/** Tokens outside a character class, with their text in each language. */
const OUTSIDE: Readonly<Record<string, LinePattern>> = {
  $: { javascript: '$', python: '\\Z' },
  '.': both('[^\\n]'),
  '\\s': both(`[${SPACES}]`),
  '\\S': both(`[^${SPACES}]`),
}
const INSIDE: Readonly<Record<string, LinePattern>> = { '\\s': both(SPACES), '[': both('\\[') }

const ESCAPES = String.raw`\\[dDwWs]|\\[tnrf]|\\x[0-7][\da-fA-F]|\\u(?![dD][89a-fA-F])[\da-fA-F]{4}|\\[!-/:-@[-\x60{-~]`
const OUTSIDE_TOKENS = new RegExp(
  String.raw`${ESCAPES}|\\[Sb]|\[\^?|\(\?:|\((?!\?)|[)|^$.]|[*+?]\??|\{\d+(?:,\d*)?\}\??|[^\\[\]{}()*+?]`,
  'uy',
)
const INSIDE_TOKENS = new RegExp(String.raw`${ESCAPES}|\]|-(?!-)|&(?!&)|~(?!~)|\|(?!\|)|[^\\\]&~|-]`, 'uy')

/** Escapes that JavaScript's Unicode mode allows. */
const SYNTAX = /^\\[$^\\.*+?()[\]{}|/]$/

/**
 * Returns undefined for syntax that differs between the languages: named groups, look-around, back
 * references, \p, \v.
 */
export function linePattern(source: string): LinePattern | undefined {
  let [javascript, python] = ['', '']
  let inClass = false
  let isFirst = false
  for (let at = 0; at < source.length; ) {
    const tokens = inClass ? INSIDE_TOKENS : OUTSIDE_TOKENS
    tokens.lastIndex = at
    const token = tokens.exec(source)?.[0]
    // In Python, `]` as the first character of a class does not end the class.
    if (token === undefined || (isFirst && token === ']')) return undefined
    at += token.length
    const written = (inClass ? INSIDE : OUTSIDE)[token] ?? { javascript: plainEscape(token, inClass), python: token }
    javascript += written.javascript
    python += written.python
    isFirst = !inClass && token.startsWith('[')
    if (isFirst) inClass = true
    else if (inClass && token === ']') inClass = false
  }
  return !inClass && isValid(javascript) ? { javascript, python } : undefined
}

function both(text: string): LinePattern {
  return { javascript: text, python: text }
}

/**
 * Unescapes `\"`, as Unicode mode requires. Keeps `\-` in a class, where `-` would mean a range.
 */
function plainEscape(token: string, inClass: boolean): string {
  const isPlain = /^\\[^\w]$/.test(token) && !SYNTAX.test(token) && !(inClass && token === '\\-')
  return isPlain ? token.slice(1) : token
}

function isValid(javascript: string): boolean {
  try {
    return new RegExp(javascript, 'u') !== undefined
  } catch {
    return false
  }
}
