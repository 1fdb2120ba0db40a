/** Whether the name of a file matches the glob of a source. */
import { automaton, type CharacterRange, only, otherCharacters, type PatternNode } from './automaton.ts'
import { searcher } from './search.ts'

/** The function says whether a name, without a slash in it, matches. */
export type NameMatcher = (name: string) => boolean

/**
 * Taken are `*`, `?`, `[a-z]`, `[!a-z]`, `{a,b}`, `(a|b)`, `@(a|b)`, `?(a|b)`, `*(a|b)`, `+(a|b)`, `\` before a character that means itself, and
 * a `!` in front of all, for what does not match the rest. Undefined for anything else, such as `!(a|b)` and a bracket without its partner.
 */
export function nameMatcher(glob: string): NameMatcher | undefined {
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
    if (error instanceof NotUnderstood) return undefined
    throw error
  }
}

class NotUnderstood extends Error {}

class GlobReader {
  readonly #characters: readonly string[]
  #at = 0

  constructor(glob: string) {
    this.#characters = Array.from(glob)
  }

  read(): PatternNode {
    const pattern = this.#sequence('')
    if (this.#at < this.#characters.length) throw new NotUnderstood()
    return pattern
  }

  get #next(): string | undefined {
    return this.#characters[this.#at]
  }

  #take(): string {
    const taken = this.#next
    if (taken === undefined) throw new NotUnderstood()
    this.#at += 1
    return taken
  }

  #takeIf(wanted: string): boolean {
    if (this.#next !== wanted) return false
    this.#at += 1
    return true
  }

  /** Up to one of `ends`, which is left. */
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
        // Shells take braces around one option for themselves.
        if (choice.options.length < 2) throw new NotUnderstood()
        return choice
      }
      case '[':
        return this.#class()
      case '\\':
        return { kind: 'character', ranges: [only(this.#take())] }
      case '!':
      case '@':
      case '?':
      case '*':
      case '+':
        if (this.#takeIf('(')) return repeated(taken, this.#options('|', ')'))
        if (taken === '*') return { kind: 'repeat', part: ANY, least: 0 }
        return taken === '?' ? ANY : { kind: 'character', ranges: [only(taken)] }
      case ')':
      case '}':
      case ']':
      case '|':
        throw new NotUnderstood()
    }
    return { kind: 'character', ranges: [only(taken)] }
  }

  #options(separator: string, end: string) {
    const options = [this.#sequence(separator + end)]
    while (this.#takeIf(separator)) options.push(this.#sequence(separator + end))
    if (this.#take() !== end) throw new NotUnderstood()
    return { kind: 'choice', options } as const
  }

  #class(): PatternNode {
    const isNegated = this.#takeIf('!') || this.#takeIf('^')
    const ranges: CharacterRange[] = []
    do {
      const [first] = only(this.#member())
      const isRange = this.#next === '-' && this.#characters[this.#at + 1] !== ']' && this.#takeIf('-')
      const [last] = isRange ? only(this.#member()) : [first]
      if (first > last) throw new NotUnderstood()
      ranges.push([first, last])
    } while (!this.#takeIf(']'))
    return { kind: 'character', ranges: isNegated ? otherCharacters(ranges) : ranges }
  }

  #member(): string {
    // Shells read `[]a]` and `[[:alpha:]]` each in its own way.
    if (this.#next === ']' || this.#next === '[') throw new NotUnderstood()
    const taken = this.#take()
    return taken === '\\' ? this.#take() : taken
  }
}

function repeated(sign: '!' | '@' | '?' | '*' | '+', part: PatternNode): PatternNode {
  switch (sign) {
    case '!':
      throw new NotUnderstood()
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
