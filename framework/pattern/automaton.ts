/**
 * Compiles a pattern to an automaton. It is plain data, with which Node and the Spark job find the
 * same matches, in time that is linear in the text.
 */

/** The syntax tree of a pattern. */
export type PatternNode =
  | { readonly kind: 'character'; readonly ranges: readonly CharacterRange[] }
  | { readonly kind: 'position'; readonly at: Position }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly least: number; readonly most?: number }

/** A range of code points, both ends included. */
export type CharacterRange = readonly [first: number, last: number]

/** `boundary` is between an ASCII letter, digit or `_` and anything else. */
export type Position = 'start' | 'end' | 'boundary'

/**
 * States by index. A text matches if a path begins at any of its characters and reaches the state
 * 0.
 */
export interface Automaton {
  readonly start: number
  readonly states: readonly State[]
}

/**
 * A state consumes a character (`take`), passes only at a position (`position`), or always passes.
 * It then goes to all states of `to`.
 */
export type State =
  | { readonly kind: 'take'; readonly ranges: readonly CharacterRange[]; readonly to: readonly number[] }
  | { readonly kind: 'position'; readonly at: Position; readonly to: readonly number[] }
  | { readonly kind: 'pass'; readonly to: readonly number[] }

const MAXIMUM_STATES = 5_000
const LAST_CODE_POINT = 0x10ffff

/**
 * Compiles the pattern. Undefined if it needs more than `MAXIMUM_STATES`, since it repeats too
 * much.
 */
export function automaton(pattern: PatternNode): Automaton | undefined {
  try {
    const states: State[] = [{ kind: 'pass', to: [] }]
    const start = addStates(states, pattern, 0)
    return { start, states }
  } catch (error) {
    if (error instanceof TooManyStates) return undefined
    throw error
  }
}

class TooManyStates extends Error {}

/** Adds the pattern's states, which continue at `next`, and returns the first one. */
function addStates(states: State[], pattern: PatternNode, next: number): number {
  const add = (state: State): number => {
    if (states.length >= MAXIMUM_STATES) throw new TooManyStates()
    return states.push(state) - 1
  }
  switch (pattern.kind) {
    case 'character':
      return add({ kind: 'take', ranges: pattern.ranges, to: [next] })
    case 'position':
      return add({ kind: 'position', at: pattern.at, to: [next] })
    case 'sequence':
      return pattern.parts.reduceRight((after, part) => addStates(states, part, after), next)
    case 'choice':
      return add({ kind: 'pass', to: pattern.options.map((option) => addStates(states, option, next)) })
    case 'repeat': {
      const { part, least, most } = pattern
      let entry = next
      if (most === undefined) {
        entry = add({ kind: 'pass', to: [] })
        states[entry] = { kind: 'pass', to: [addStates(states, part, entry), next] }
      } else {
        for (let count = least; count < most; count++)
          entry = add({ kind: 'pass', to: [addStates(states, part, entry), next] })
      }
      for (let count = 0; count < least; count++) entry = addStates(states, part, entry)
      return entry
    }
  }
}

/** The characters that are in none of the ranges. */
export function otherCharacters(ranges: readonly CharacterRange[]): readonly CharacterRange[] {
  const others: CharacterRange[] = []
  let from = 0
  for (const [first, last] of ranges.toSorted(([left], [right]) => left - right)) {
    if (first > from) others.push([from, first - 1])
    from = Math.max(from, last + 1)
  }
  return from > LAST_CODE_POINT ? others : [...others, [from, LAST_CODE_POINT]]
}

/** A range of one character. */
export function oneCharacter(character: string): CharacterRange {
  const code = character.codePointAt(0) ?? 0
  return [code, code]
}
