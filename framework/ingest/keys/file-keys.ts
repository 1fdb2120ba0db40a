/** Declares the counts of keys over the rows of a source file. */

/** A key that no column takes. */
export interface UnknownKey {
  readonly name: string
  /** The number of rows with it. */
  readonly rows: number
  /** Its first value, in the form of values in the reasons of rejects. */
  readonly example: string
}

/** Counts over the rows of one file. Rejects are not counted. */
export interface FileKeys {
  /** The first MAX_NAMES unknown keys, in the order of their first row. */
  readonly unknown: readonly UnknownKey[]
  /** The number of rows with unknown keys that are not among these, or whose names are too long. */
  readonly more: number
  /** The number of rows without any key that a column takes. */
  readonly bare: number
  /** Names of columns for which no row has a value or null. Empty if the file has no rows. */
  readonly absent: readonly string[]
}

/** Maximum number of unknown keys of a file that are named. */
export const MAX_NAMES = 100
/** Maximum length of a name, in UTF-16 code units. */
export const MAX_NAME = 100

export const NO_KEYS: FileKeys = { unknown: [], more: 0, bare: 0, absent: [] }

/** Whether all counts are zero. */
export const isNothing = ({ unknown, more, bare, absent }: FileKeys): boolean =>
  unknown.length + more + bare + absent.length === 0
