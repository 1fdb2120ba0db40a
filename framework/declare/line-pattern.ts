/** Regular expressions that mean the same wherever the lines of a source are validated: in JavaScript and in Python. */

/** A pattern in both languages: both find in a text what RE2 finds, which checks the rows of tables. */
export interface LinePattern {
  /** For `new RegExp(javascript, 'u')`. */
  readonly javascript: string
  /** For `re.compile(python, re.ASCII).search`. */
  readonly python: string
}

const SPACES = '\\t\\n\\f\\r '

/** Tokens outside of a class of characters: a text that is the same in both languages, or one for each. */
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

/** What a backslash may stand before, in JavaScript's Unicode mode. */
const SYNTAX = /^\\[$^\\.*+?()[\]{}|/]$/

/** Undefined for what the languages take differently, or do not all have: names of groups, looking around, references back, \p, \v. */
export function linePattern(source: string): LinePattern | undefined {
  let [javascript, python] = ['', '']
  let inClass = false
  let isFirst = false
  for (let at = 0; at < source.length; ) {
    const tokens = inClass ? INSIDE_TOKENS : OUTSIDE_TOKENS
    tokens.lastIndex = at
    const token = tokens.exec(source)?.[0]
    // An empty class is one of all that follows in Python.
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

/** `\"` is `"`, which Unicode mode insists on; in a class `\-` is not the mark of a range. */
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
