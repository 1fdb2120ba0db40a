/**
 * Lists the letters that fn.upper and fn.lower convert: those with one upper-case and one
 * lower-case form.
 */

/**
 * Lower-case letters from first to last; the upper-case letter of each is `distance` code points
 * before it.
 */
type Shifted = readonly [first: number, last: number, distance: number]

const SHIFTED: readonly Shifted[] = [
  [0x61, 0x7a, 0x20], // a to z
  [0xe0, 0xf6, 0x20], // Latin-1, without the division sign
  [0xf8, 0xfe, 0x20],
  [0x3ac, 0x3ac, 0x26], // Greek letters with accents
  [0x3ad, 0x3af, 0x25],
  [0x3b1, 0x3c1, 0x20], // Greek, without the final sigma
  [0x3c3, 0x3cb, 0x20],
  [0x3cc, 0x3cc, 0x40],
  [0x3cd, 0x3ce, 0x3f],
  [0x430, 0x44f, 0x20], // Cyrillic
  [0x450, 0x45f, 0x50],
]

/** Ranges in which each upper-case letter is followed by its lower-case letter. */
const PAIRED: readonly (readonly [first: number, last: number])[] = [
  [0x100, 0x12f], // Latin Extended-A, without the dotted and the dotless i
  [0x132, 0x137],
  [0x139, 0x148],
  [0x14a, 0x177],
  [0x179, 0x17e],
  [0x460, 0x481], // Cyrillic
  [0x48a, 0x4bf],
]

const pairs: readonly (readonly [upper: number, lower: number])[] = [
  ...SHIFTED.flatMap(([first, last, distance]) =>
    Array.from({ length: last - first + 1 }, (_, index) => [first + index - distance, first + index] as const),
  ),
  ...PAIRED.flatMap(([first, last]) =>
    Array.from({ length: (last - first + 1) / 2 }, (_, index) => [first + 2 * index, first + 2 * index + 1] as const),
  ),
  [0x178, 0xff],
]

const written = (points: readonly number[]) => String.fromCodePoint(...points)

export const UPPER_LETTERS = written(pairs.map(([upper]) => upper))
export const LOWER_LETTERS = written(pairs.map(([, lower]) => lower))

export const KNOWN_LETTERS =
  'Latin (ASCII, Latin-1 and Extended-A), Greek and Cyrillic letters (U+0400 to U+04BF) that have one letter for one; ß, ŉ, ı, İ, ſ and ς stay as they are'
