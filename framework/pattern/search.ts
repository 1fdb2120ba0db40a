/** Searches texts for a pattern. lines/pattern_search.py does the same in the Spark job. */
import type { Automaton, CharacterRange, Position, State } from './automaton.ts'

/** The kind of character beside a position in a text. */
type Neighbour = 'nothing' | 'word' | 'other'

/**
 * A state of the search between two characters: a set of automaton states, and the known next
 * states by character.
 */
interface DfaState {
  readonly states: readonly number[]
  readonly before: Neighbour
  readonly steps: Map<number, DfaState | 'found'>
  foundAtEnd?: boolean
}

/**
 * Maximum size of the cache, in automaton states and transitions. A full cache is dropped, so that
 * no text makes it grow without end.
 */
const MAXIMUM_KNOWN_STATES = 100_000

/** Returns a function that reports whether the pattern occurs anywhere in a text. */
export function searcher(pattern: Automaton): (text: string) => boolean {
  const search = new Search(pattern)
  return (text) => search.finds(text)
}

class Search {
  readonly #pattern: Automaton
  readonly #known = new Map<string, DfaState>()
  #first: DfaState
  #size = 0

  constructor(pattern: Automaton) {
    this.#pattern = pattern
    this.#first = this.#dfaState([pattern.start], 'nothing')
  }

  finds(text: string): boolean {
    let state = this.#first
    for (let at = 0; at < text.length; ) {
      const character = text.codePointAt(at) as number
      at += character > 0xffff ? 2 : 1
      const next = state.steps.get(character) ?? this.#step(state, character)
      if (next === 'found') return true
      state = next
    }
    state.foundAtEnd ??= this.#passed(state, 'nothing').has(0)
    return state.foundAtEnd
  }

  #step(from: DfaState, character: number): DfaState | 'found' {
    if (this.#size > MAXIMUM_KNOWN_STATES) this.#forget()
    const neighbour = isWord(character) ? 'word' : 'other'
    const passed = this.#passed(from, neighbour)
    const next = passed.has(0) ? 'found' : this.#dfaState(this.#after(passed, character), neighbour)
    from.steps.set(character, next)
    this.#size += 1
    return next
  }

  /**
   * The states reached without consuming a character. `after` is the kind of the next character.
   */
  #passed({ states, before }: DfaState, after: Neighbour): ReadonlySet<number> {
    const passed = new Set(states)
    for (const state of passed) {
      const found = this.#pattern.states[state] as State
      if (found.kind === 'take' || (found.kind === 'position' && !isAt(found.at, before, after))) continue
      for (const next of found.to) passed.add(next)
    }
    return passed
  }

  /**
   * The states after a character. They include the start state, since a match can begin anywhere.
   */
  #after(passed: ReadonlySet<number>, character: number): readonly number[] {
    const after = new Set([this.#pattern.start])
    for (const state of passed) {
      const found = this.#pattern.states[state] as State
      if (found.kind !== 'take' || !isIn(found.ranges, character)) continue
      for (const next of found.to) after.add(next)
    }
    return [...after].sort((left, right) => left - right)
  }

  #dfaState(states: readonly number[], before: Neighbour): DfaState {
    const key = `${before} ${states.join(' ')}`
    const known = this.#known.get(key)
    if (known) return known
    const state: DfaState = { states, before, steps: new Map() }
    this.#known.set(key, state)
    this.#size += states.length
    return state
  }

  #forget(): void {
    this.#known.clear()
    this.#size = 0
    this.#first = this.#dfaState([this.#pattern.start], 'nothing')
  }
}

function isAt(position: Position, before: Neighbour, after: Neighbour): boolean {
  switch (position) {
    case 'start':
      return before === 'nothing'
    case 'end':
      return after === 'nothing'
    case 'boundary':
      return (before === 'word') !== (after === 'word')
  }
}

function isIn(ranges: readonly CharacterRange[], character: number): boolean {
  return ranges.some(([first, last]) => first <= character && character <= last)
}

/** `0-9A-Z_a-z` */
function isWord(character: number): boolean {
  return (
    (character >= 0x61 && character <= 0x7a) ||
    (character >= 0x30 && character <= 0x39) ||
    (character >= 0x41 && character <= 0x5a) ||
    character === 0x5f
  )
}
