/** Generates the users of the simulated service. */
import type { Random } from './random.ts'
import { metropolis, word } from './words.ts'

export type Level = 'free' | 'paid'

/** A user in the log. */
export interface Person {
  readonly userId: string
  readonly firstName: string
  readonly lastName: string
  readonly gender: 'F' | 'M'
  readonly location: string
  /** Epoch milliseconds. */
  readonly registration: number
  readonly userAgent: string
}

/** A user with their current state. */
export interface User {
  readonly person: Person
  /** Changes with an upgrade or a downgrade. */
  level: Level
  /**
   * Time of the next event, in epoch milliseconds. It only grows, so no two events of a user have
   * the same time.
   */
  nextAct: number
}

/**
 * All times in the public data are whole seconds and this many milliseconds, so that times of
 * different users can be equal.
 */
export const CLOCK_MS = 796
export const SECOND_MS = 1000
export const DAY_MS = 86_400_000

/** Returns a user who registered in the weeks before `dayStart`, in epoch milliseconds. */
export function generateUser(random: Random, number: number, dayStart: number): User {
  const person: Person = {
    userId: String(number),
    firstName: word(random),
    lastName: word(random),
    gender: random.chance(0.5) ? 'F' : 'M',
    location: metropolis(random),
    registration: dayStart - random.int(1, 3_000_000) * SECOND_MS + CLOCK_MS,
    userAgent: userAgent(random),
  }
  return { person, level: random.chance(0.2) ? 'paid' : 'free', nextAct: 0 }
}

/** Returns a user agent, mostly with literal quotes around it, as in the public data. */
function userAgent(random: Random): string {
  const version = random.int(20, 37)
  return random.pick([
    `"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.1985.143 Safari/537.36"`,
    `"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_4) AppleWebKit/537.78.2 (KHTML, like Gecko) Version/7.0.${version} Safari/537.78.2"`,
    `Mozilla/5.0 (Windows NT 6.1; WOW64; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`,
  ])
}
