/**
 * Checks the regular expressions of queries: accepts what RE2 (DuckDB) and Java (Spark) read alike.
 *
 * Accepted are characters, escapes, classes, groups, alternatives, repetitions (greedy or lazy) and
 * the anchors ^ $ \b \B. `.` is any character except \n; \d \w \s \b know ASCII only.
 *
 * `pattern/regex.ts` has a reader of its own for the rules of lines. Their grammar differs, because
 * Python and JavaScript have to read it alike too, and their refusals need no reasons.
 */
import { type Result, refused } from '../../../refusal.ts'

export interface Pattern {
  readonly groups: number
  /** Whether it can match the empty text. */
  readonly matchesEmpty: boolean
}

/** Reads the pattern, or returns why it is refused. */
export function readPattern(source: string): Result<Pattern> {
  try {
    return new PatternReader(source).read()
  } catch (error) {
    if (error instanceof PatternProblem) return refused(error.message)
    throw error
  }
}

class PatternProblem extends Error {}

const MOST_REPETITIONS = 1000
const ESCAPED_LETTERS = 'dDwWsStnrfv'
const PUNCTUATION = /^[!-/:-@[-^`{-~]$/
const CLASS_ESCAPES = 'dDwWsS'

class PatternReader {
  readonly #characters: readonly string[]
  #at = 0
  #groups = 0

  constructor(source: string) {
    this.#characters = Array.from(source)
  }

  read(): Pattern {
    const matchesEmpty = this.#alternatives()
    if (this.#at < this.#characters.length) throw new PatternProblem('it has a ) without its (')
    return { groups: this.#groups, matchesEmpty }
  }

  get #next(): string | undefined {
    return this.#characters[this.#at]
  }

  #take(): string {
    const taken = this.#characters[this.#at]
    if (taken === undefined) throw new PatternProblem('it ends too early')
    this.#at += 1
    return taken
  }

  #takeIf(wanted: string): boolean {
    if (this.#next !== wanted) return false
    this.#at += 1
    return true
  }

  /** Returns whether the part that it reads can match the empty text. So do the methods below. */
  #alternatives(): boolean {
    let matchesEmpty = this.#sequence()
    while (this.#takeIf('|')) {
      const other = this.#sequence()
      matchesEmpty ||= other
    }
    return matchesEmpty
  }

  #sequence(): boolean {
    let matchesEmpty = true
    while (this.#next !== undefined && this.#next !== '|' && this.#next !== ')') {
      const empty = this.#repeated()
      matchesEmpty &&= empty
    }
    return matchesEmpty
  }

  #repeated(): boolean {
    const matchesEmpty = this.#atom()
    const least = this.#repetition()
    if (least === undefined) return matchesEmpty
    if (matchesEmpty) throw new PatternProblem('it repeats something that can match no characters')
    this.#takeIf('?')
    if (this.#next !== undefined && '*+?{'.includes(this.#next)) {
      throw new PatternProblem('it repeats a repetition')
    }
    return least === 0
  }

  /** Minimum number of repetitions; undefined if nothing is repeated. */
  #repetition(): number | undefined {
    if (this.#takeIf('*') || this.#takeIf('?')) return 0
    if (this.#takeIf('+')) return 1
    if (!this.#takeIf('{')) return undefined
    let text = ''
    while (this.#next !== '}') text += this.#take()
    this.#take()
    const [, least, most] = /^(\d{1,4})(?:,(\d{0,4}))?$/.exec(text) ?? []
    if (least === undefined) throw new PatternProblem(`it has {${text}}: write a brace itself as \\{`)
    if (Math.max(Number(least), Number(most ?? 0)) > MOST_REPETITIONS) {
      throw new PatternProblem(`it repeats more than ${MOST_REPETITIONS} times`)
    }
    if (most && Number(most) < Number(least)) throw new PatternProblem(`it has {${text}}`)
    return Number(least)
  }

  #atom(): boolean {
    const taken = this.#take()
    switch (taken) {
      case '(':
        return this.#group()
      case '[':
        this.#class()
        return false
      case '\\':
        return this.#escape(false) === 'position'
      case '^':
      case '$':
        return true
      case '*':
      case '+':
      case '?':
      case '{':
        throw new PatternProblem(`it has a ${taken} with nothing before it: write the character itself as \\${taken}`)
      case ']':
      case '}':
        throw new PatternProblem(`it has a ${taken} alone: write the character itself as \\${taken}`)
    }
    return false
  }

  #group(): boolean {
    if (this.#takeIf('?')) {
      if (!this.#takeIf(':')) throw new PatternProblem('it has a group that begins with (?, other than (?:')
    } else {
      this.#groups += 1
    }
    const matchesEmpty = this.#alternatives()
    if (!this.#takeIf(')')) throw new PatternProblem('it has a ( without its )')
    return matchesEmpty
  }

  #class(): void {
    this.#takeIf('^')
    if (this.#next === ']') throw new PatternProblem('it has a class that begins with ]: write it as \\]')
    while (this.#next !== ']') {
      const first = this.#member()
      if (this.#next !== '-' || this.#characters[this.#at + 1] === ']') continue
      this.#take()
      const last = this.#member()
      if (first.length === 0 || last.length === 0 || (first.codePointAt(0) ?? 0) > (last.codePointAt(0) ?? 0)) {
        throw new PatternProblem('it has a class with a range that runs backwards or from a class')
      }
    }
    this.#take()
  }

  /** The character; empty for a class such as \d. */
  #member(): string {
    const taken = this.#take()
    if (taken === '[' && this.#next === ':')
      throw new PatternProblem('it has a class such as [:alpha:]: write [A-Za-z]')
    if (taken !== '\\') return taken
    const letter = this.#next ?? ''
    const kind = this.#escape(true)
    if (CLASS_ESCAPES.includes(letter)) return ''
    return kind === 'position' ? '' : (CONTROLS[letter] ?? letter)
  }

  #escape(inClass: boolean): 'character' | 'position' {
    const letter = this.#take()
    if (!inClass && (letter === 'b' || letter === 'B')) return 'position'
    if (letter === 'x') {
      const digits = this.#take() + this.#take()
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) throw new PatternProblem('it has a \\x without two hexadecimal digits')
      return 'character'
    }
    if (ESCAPED_LETTERS.includes(letter) || PUNCTUATION.test(letter)) return 'character'
    if (/[pP]/.test(letter)) throw new PatternProblem(`it has \\${letter}, which knows other letters on each engine`)
    throw new PatternProblem(`it has \\${letter}`)
  }
}

const CONTROLS: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v' }
