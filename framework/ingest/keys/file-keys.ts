/** What the rows of a source file say about keys. */

/** A key that no column takes. */
export interface UnknownKey {
  readonly name: string
  /** The number of rows with it. */
  readonly rows: number
  /** Its first value, as a reason of a reject would show it. */
  readonly example: string
}

/** Counts over the rows of one file. Rejects are not counted. */
export interface FileKeys {
  /** The first MAX_NAMES of them, in the order in which they come. */
  readonly unknown: readonly UnknownKey[]
  /** The number of rows with yet other unknown keys, or unknown keys with long names. */
  readonly more: number
  /** The number of rows without any key that a column takes. */
  readonly bare: number
  /** Columns, by name, that no row has a value or null for. Empty if the file has no rows. */
  readonly absent: readonly string[]
}

/** Maximum number of unknown keys of a file that are named. */
export const MAX_NAMES = 100
/** Maximum length of a name, in UTF-16 code units. */
export const MAX_NAME = 100

export const NO_KEYS: FileKeys = { unknown: [], more: 0, bare: 0, absent: [] }

/** Whether there is nothing to say about the keys. */
export const isNothing = ({ unknown, more, bare, absent }: FileKeys): boolean =>
  unknown.length + more + bare + absent.length === 0
