/**
 * Makes choices by a list of numbers. If fast-check shrinks the list, the result of the choices
 * shrinks too.
 */
import fc from 'fast-check'

/**
 * When the numbers are used up, each choice is the first one. So callers put the simplest choice
 * first.
 */
export class Choices {
  readonly #numbers: readonly number[]
  #used = 0

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  below(count: number): number {
    return (this.#numbers[this.#used++] ?? 0) % count
  }

  of<Item>(items: readonly Item[]): Item {
    const [first] = items
    if (first === undefined) throw new Error('there is nothing to choose from')
    return items[this.below(items.length)] ?? first
  }

  /** True for about one of `times` calls. */
  once(times: number): boolean {
    return this.below(times) === times - 1
  }
}

export const numbers: fc.Arbitrary<readonly number[]> = fc.array(fc.nat({ max: 9999 }), {
  minLength: 100,
  maxLength: 500,
  size: 'max',
})
