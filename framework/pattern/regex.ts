/**
 * Reads the regular expressions that validate a source's lines. They have RE2's meaning, because
 * RE2 checks the rows of tables.
 */
import {
  type Automaton,
  automaton,
  type CharacterRange,
  oneCharacter,
  otherCharacters,
  type PatternNode,
} from './automaton.ts'

const SPACES: readonly CharacterRange[] = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
]
const DIGITS: readonly CharacterRange[] = [[0x30, 0x39]]
const WORDS: readonly CharacterRange[] = [...DIGITS, [0x41, 0x5a], oneCharacter('_'), [0x61, 0x7a]]
const CLASSES: Readonly<Record<string, readonly CharacterRange[]>> = {
  '\\d': DIGITS,
  '\\D': otherCharacters(DIGITS),
  '\\w': WORDS,
  '\\W': otherCharacters(WORDS),
  '\\s': SPACES,
  '\\S': otherCharacters(SPACES),
  '.': otherCharacters([oneCharacter('\n')]),
}
const POSITIONS: Readonly<Record<string, PatternNode>> = {
  '^': { kind: 'position', at: 'start' },
  $: { kind: 'position', at: 'end' },
  '\\b': { kind: 'position', at: 'boundary' },
}
const CONTROLS: Readonly<Record<string, string>> = { '\\t': '\t', '\\n': '\n', '\\r': '\r', '\\f': '\f' }

const ESCAPES = String.raw`\\[dDwWs]|\\[tnrf]|\\x[0-7][\da-fA-F]|\\u(?![dD][89a-fA-F])[\da-fA-F]{4}|\\[!-/:-@[-\x60{-~]`
const OUTSIDE = new RegExp(
  String.raw`${ESCAPES}|\\[Sb]|\[\^?|\(\?:|\((?!\?)|[)|^$.]|[*+?]\??|\{\d{1,4}(?:,\d{0,4})?\}\??|[^\\[\]{}()*+?]`,
  'uy',
)
const INSIDE = new RegExp(String.raw`${ESCAPES}|\]|-(?!-)|&(?!&)|~(?!~)|\|(?!\|)|[^\\\]&~|-]`, 'uy')
const QUANTIFIER = /^(?:([*+?])|\{(\d+)(,)?(\d*)\})\??$/

/**
 * Compiles the expression. Undefined for syntax that engines read differently, or that some do not
 * have (named groups, look-around, back references, \p, \v), and if the pattern needs too many
 * states.
 */
export function readRegex(source: string): Automaton | undefined {
  try {
    return automaton(new RegexReader(source).read())
  } catch (error) {
    if (error instanceof UnsupportedRegex) return undefined
    throw error
  }
}

class UnsupportedRegex extends Error {}

class RegexReader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  read(): PatternNode {
    const pattern = this.#choice()
    if (this.#at < this.#source.length) throw new UnsupportedRegex()
    return pattern
  }

  /** The next token; undefined at the end of the source, and before unsupported syntax. */
  #peek(tokens = OUTSIDE): string | undefined {
    tokens.lastIndex = this.#at
    return tokens.exec(this.#source)?.[0]
  }

  #take(tokens = OUTSIDE): string {
    const token = this.#peek(tokens)
    if (token === undefined) throw new UnsupportedRegex()
    this.#at += token.length
    return token
  }

  #takeIf(wanted: string): boolean {
    if (this.#peek() !== wanted) return false
    this.#at += wanted.length
    return true
  }

  #choice(): PatternNode {
    const options = [this.#sequence()]
    while (this.#takeIf('|')) options.push(this.#sequence())
    return { kind: 'choice', options }
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = []
    while (this.#at < this.#source.length && this.#peek() !== '|' && this.#peek() !== ')') parts.push(this.#repeated())
    return { kind: 'sequence', parts }
  }

  #repeated(): PatternNode {
    const part = this.#atom()
    const [quantifier, sign, least = '', comma, most = ''] = QUANTIFIER.exec(this.#peek() ?? '') ?? []
    if (quantifier === undefined) return part
    if (part.kind === 'position') throw new UnsupportedRegex()
    this.#take()
    if (sign === '?') return { kind: 'repeat', part, least: 0, most: 1 }
    if (sign) return { kind: 'repeat', part, least: sign === '+' ? 1 : 0 }
    const bounds = { least: Number(least), most: comma ? Number(most) : Number(least) }
    if (comma && most === '') return { kind: 'repeat', part, least: bounds.least }
    if (bounds.most < bounds.least) throw new UnsupportedRegex()
    return { kind: 'repeat', part, ...bounds }
  }

  #atom(): PatternNode {
    const token = this.#take()
    if (token === '(' || token === '(?:') {
      const group = this.#choice()
      if (!this.#takeIf(')')) throw new UnsupportedRegex()
      return group
    }
    if (token === '[' || token === '[^') return { kind: 'character', ranges: this.#class(token === '[^') }
    if (QUANTIFIER.test(token)) throw new UnsupportedRegex()
    return POSITIONS[token] ?? { kind: 'character', ranges: CLASSES[token] ?? [character(token)] }
  }

  #class(isNegated: boolean): readonly CharacterRange[] {
    const ranges: CharacterRange[] = []
    let token = this.#take(INSIDE)
    // RE2 reads []a] as a class of two characters, JavaScript as an empty class before `a]`.
    if (token === ']') throw new UnsupportedRegex()
    for (; token !== ']'; token = this.#take(INSIDE)) {
      const isRange = this.#peek(INSIDE) === '-' && this.#source[this.#at + 1] !== ']'
      if (isRange) ranges.push(this.#range(token))
      else ranges.push(...(inClass(token) ?? [character(token)]))
    }
    return isNegated ? otherCharacters(ranges) : ranges
  }

  #range(from: string): CharacterRange {
    this.#take(INSIDE)
    const to = this.#take(INSIDE)
    const [[first], [last]] = [character(from), character(to)]
    if (inClass(from) || inClass(to) || first > last) throw new UnsupportedRegex()
    return [first, last]
  }
}

/** The ranges of a class escape such as `\d` inside a class, where a dot is a plain character. */
function inClass(token: string): readonly CharacterRange[] | undefined {
  return token === '.' ? undefined : CLASSES[token]
}

/** The character of a token. */
function character(token: string): CharacterRange {
  if (/^\\[xu]./.test(token)) return oneCharacter(String.fromCodePoint(Number.parseInt(token.slice(2), 16)))
  return oneCharacter(CONTROLS[token] ?? (token.length > 1 && token.startsWith('\\') ? token.slice(1) : token))
}
