/** Makes up words, phrases and places. */
import type { Random } from './random.ts'

const SYLLABLES =
  'ba be bu ce da di do fa fe go gu ha hi jo ka ke la le lo lu ma me mo mu na ni no pa pe po ra re ri ru sa se so ta te ti to va vi wo yu ná zé ön ço'
    .split(' ')
    .concat('shi', 'kra', 'sto', 'len', 'mar', 'tin')
const STATES = ['AZ', 'CA', 'FL', 'GA', 'IL', 'ME', 'NY-NJ-PA', 'OR', 'TX', 'WI']

/** Returns a capitalised word of two to four syllables, sometimes with letters beyond ASCII. */
export function word(random: Random): string {
  let text = random.pick(SYLLABLES)
  for (let more = random.int(1, 3); more > 0; more -= 1) text += random.pick(SYLLABLES)
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Returns one to `longest` words. */
export function phrase(random: Random, longest: number): string {
  let text = word(random)
  for (let more = random.int(0, longest - 1); more > 0; more -= 1) text += ` ${word(random)}`
  return text
}

/** Returns a place in the form of the public logs: `Bago-Marlen, TX`. */
export function metropolis(random: Random): string {
  return `${word(random)}-${word(random)}, ${random.pick(STATES)}`
}

/**
 * Reads UTF-8 bytes as Latin-1. The result looks like text that was encoded twice by mistake: `é`
 * becomes `Ã©`. ASCII stays the same.
 */
export function encodedTwice(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
