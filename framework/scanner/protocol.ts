/**
 * Names the numbers that the scanner and its host exchange. This file is both AssemblyScript and
 * TypeScript.
 */

/** How a value is written. In delimited text, only text that needs no escape is taken. */
export const TAKES_NOTHING = 0
export const TAKES_TEXT = 1
/** Text that is not empty. */
export const TAKES_SOME_TEXT = 2
export const TAKES_INTEGER = 3
export const TAKES_DOUBLE = 4
export const TAKES_BOOLEAN = 5
export const TAKES_DECIMAL = 6
export const TAKES_DATE = 7
export const TAKES_TIMESTAMP = 8
/** Any value of JSON except an object or a list. */
export const TAKES_ANYTHING = 9

/** What a field of delimited text becomes if it is empty. */
export const EMPTY_IS_LEFT = 0
export const EMPTY_IS_NULL = 1
export const EMPTY_IS_TEXT = 2

/** Texts that mean null are shorter than this, in bytes. */
export const MAX_NULL_BYTES = 256
/** Stands for a character that delimited text does not have. */
export const NO_BYTE = 256

/** Why the scanner stopped: it has taken all bytes. */
export const ALL_TAKEN = 0
/** The scanner leaves the next record to the slow path. */
export const LEFT = 1
/** The next record has keys that must be named before they are counted. */
export const NAMES = 2
/** There is no room for the next row, or the rows have reached their maximum size. */
export const FULL = 3

/**
 * How many bytes behind the last record the scanner may read. The host clears them, so that each
 * token ends there.
 */
export const PADDING = 32
