/** Matches file names against the globs of sources. */
import { automaton, type CharacterRange, oneCharacter, otherCharacters, type PatternNode } from './automaton.ts'
import { searcher } from './search.ts'

/** Returns whether a name, which has no slash, matches. */
type NameMatcher = (name: string) => boolean

/** A glob that asks only how a name ends, as most do. Comparing the end takes the least time. */
const ANY_BEFORE = /^\*([^*?[\]{}()|\\!@+]*)$/

/**
 * Reads `*`, `?`, `[a-z]`, `[!a-z]`, `{a,b}`, `(a|b)`, `@(a|b)`, `?(a|b)`, `*(a|b)`, `+(a|b)`, a
 * `\` that escapes the next character, and a `!` at the start, which negates the rest. Undefined
 * for anything else, such as `!(a|b)` and an unpaired bracket.
 */
export function nameMatcher(glob: string): NameMatcher | undefined {
  const [, ending] = ANY_BEFORE.exec(glob) ?? []
  if (ending !== undefined) return (name) => name !== '' && name.endsWith(ending)
  const isNegated = glob.startsWith('!') && glob[1] !== '('
  const pattern = read(isNegated ? glob.slice(1) : glob)
  const matched = pattern && automaton({ kind: 'sequence', parts: [START, pattern, END] })
  if (!matched) return undefined
  const finds = searcher(matched)
  return (name) => name !== '' && finds(name) !== isNegated
}

const START: PatternNode = { kind: 'position', at: 'start' }
const END: PatternNode = { kind: 'position', at: 'end' }
const ANY: PatternNode = { kind: 'character', ranges: otherCharacters([]) }

function read(glob: string): PatternNode | undefined {
  try {
    return new GlobReader(glob).read()
  } catch (error) {
    if (error instanceof UnsupportedGlob) return undefined
    throw error
  }
}

class UnsupportedGlob extends Error {}

class GlobReader {
  readonly #characters: readonly string[]
  #at = 0

  constructor(glob: string) {
    this.#characters = Array.from(glob)
  }

  read(): PatternNode {
    const pattern = this.#sequence('')
    if (this.#at < this.#characters.length) throw new UnsupportedGlob()
    return pattern
  }

  get #next(): string | undefined {
    return this.#characters[this.#at]
  }

  #take(): string {
    const taken = this.#next
    if (taken === undefined) throw new UnsupportedGlob()
    this.#at += 1
    return taken
  }

  #takeIf(wanted: string): boolean {
    if (this.#next !== wanted) return false
    this.#at += 1
    return true
  }

  /** Reads up to one of `ends`, and does not consume it. */
  #sequence(ends: string): PatternNode {
    const parts: PatternNode[] = []
    while (this.#next !== undefined && !ends.includes(this.#next)) parts.push(this.#part())
    return { kind: 'sequence', parts }
  }

  #part(): PatternNode {
    const taken = this.#take()
    switch (taken) {
      case '(':
        return this.#options('|', ')')
      case '{': {
        const choice = this.#options(',', '}')
        // Shells read braces around a single option as literal braces.
        if (choice.options.length < 2) throw new UnsupportedGlob()
        return choice
      }
      case '[':
        return this.#class()
      case '\\':
        return { kind: 'character', ranges: [oneCharacter(this.#take())] }
      case '!':
      case '@':
      case '?':
      case '*':
      case '+':
        if (this.#takeIf('(')) return repeated(taken, this.#options('|', ')'))
        if (taken === '*') return { kind: 'repeat', part: ANY, least: 0 }
        return taken === '?' ? ANY : { kind: 'character', ranges: [oneCharacter(taken)] }
      case ')':
      case '}':
      case ']':
      case '|':
        throw new UnsupportedGlob()
    }
    return { kind: 'character', ranges: [oneCharacter(taken)] }
  }

  #options(separator: string, end: string) {
    const options = [this.#sequence(separator + end)]
    while (this.#takeIf(separator)) options.push(this.#sequence(separator + end))
    if (this.#take() !== end) throw new UnsupportedGlob()
    return { kind: 'choice', options } as const
  }

  #class(): PatternNode {
    const isNegated = this.#takeIf('!') || this.#takeIf('^')
    const ranges: CharacterRange[] = []
    do {
      const [first] = oneCharacter(this.#member())
      const isRange = this.#next === '-' && this.#characters[this.#at + 1] !== ']' && this.#takeIf('-')
      const [last] = isRange ? oneCharacter(this.#member()) : [first]
      if (first > last) throw new UnsupportedGlob()
      ranges.push([first, last])
    } while (!this.#takeIf(']'))
    return { kind: 'character', ranges: isNegated ? otherCharacters(ranges) : ranges }
  }

  #member(): string {
    // Shells differ in how they read `[]a]` and `[[:alpha:]]`.
    if (this.#next === ']' || this.#next === '[') throw new UnsupportedGlob()
    const taken = this.#take()
    return taken === '\\' ? this.#take() : taken
  }
}

function repeated(sign: '!' | '@' | '?' | '*' | '+', part: PatternNode): PatternNode {
  switch (sign) {
    case '!':
      throw new UnsupportedGlob()
    case '@':
      return part
    case '?':
      return { kind: 'repeat', part, least: 0, most: 1 }
    case '*':
      return { kind: 'repeat', part, least: 0 }
    case '+':
      return { kind: 'repeat', part, least: 1 }
  }
}
