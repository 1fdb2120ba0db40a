/** Makes random choices that depend only on a seed. */

/**
 * The same seed gives the same choices on every machine. Uses only integer arithmetic, addition and
 * multiplication: JavaScript engines can round the last digit of `Math.log`, `Math.exp` and `**`
 * differently.
 */
export interface Random {
  /** Returns a number from 0 to below 1. */
  next(): number
  /** Returns a number from 0 to below 1, mostly a small one: one in five is below 0.01. */
  skewed(): number
  /** Returns a whole number from `least` to `most`, including both. */
  int(least: number, most: number): number
  /** Returns true with this probability, from 0 to 1. */
  chance(probability: number): boolean
  /** Returns one of `items` with equal probability. `items` must not be empty. */
  pick<T>(items: readonly T[]): T
  /** Returns one of `items`, mostly one of the first. Distributed as `skewed`. */
  pickSkewed<T>(items: readonly T[]): T
  /** Returns a copy of `items` in random order. */
  shuffle<T>(items: readonly T[]): T[]
}

/** Number of different 32-bit words. */
const WORDS = 0x1_0000_0000

/** `seed` is a safe integer. All of its 53 bits matter. */
export function createRandom(seed: number): Random {
  const word = sfc32([seed | 0, Math.floor(seed / WORDS) | 0, 0])
  const next = () => word() / WORDS
  const int = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  const skewed = () => {
    const share = next()
    return share * share * share
  }
  return {
    next,
    skewed,
    int,
    chance: (probability) => next() < probability,
    pick: (items) => at(items, next()),
    pickSkewed: (items) => at(items, skewed()),
    shuffle(items) {
      const left = [...items]
      return items.flatMap(() => left.splice(int(0, left.length - 1), 1))
    },
  }
}

function at<T>(items: readonly T[], share: number): T {
  if (items.length === 0) throw new RangeError('nothing to pick from')
  return items[Math.floor(share * items.length)] as T
}

/**
 * Chris Doty-Humphrey's sfc32 (PractRand, public domain): unsigned 32-bit words, with a period of
 * at least 2^32.
 */
function sfc32(seed: readonly [number, number, number]): () => number {
  let [a, b, c] = seed
  let counter = 1
  const word = () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  // Seeds that differ in one bit give unrelated words only after some rounds. The author of sfc32
  // uses at least twelve.
  for (let round = 0; round < 16; round += 1) word()
  return word
}
