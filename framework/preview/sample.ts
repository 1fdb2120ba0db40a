/** Chooses which data files of a table a preview reads. */
import type { InputTable } from '../engine/data-file.ts'

/** The part of an upstream that a preview reads. */
export interface Sample {
  readonly key: string
  readonly version: number
  /** Number of rows of the table. undefined if its log does not say it. */
  readonly rows: number | undefined
  /** Maximum number of rows that the preview reads. undefined: it reads all of them. */
  readonly most: number | undefined
  readonly input: InputTable
}

interface TableToSample {
  readonly key: string
  readonly version: number
  readonly input: InputTable
  /** In the order of the files of the input. */
  readonly rowsOfFiles: readonly (number | undefined)[]
}

/**
 * All files of a table of at most `most` rows. For a larger one, files at even distances that have
 * this many rows, because the files of a table often follow its dates.
 */
export function sampleOf({ key, version, input, rowsOfFiles }: TableToSample, most: number): Sample {
  const rows = rowsOfFiles.reduce<number | undefined>(
    (sum, one) => (sum === undefined || one === undefined ? undefined : sum + one),
    0,
  )
  const described = { key, version, rows }
  if (rows !== undefined && rows <= most) return { ...described, most: undefined, input }
  if (input.foreign) return { ...described, most, input }
  const files = input.files.length
  const wanted = rows === undefined ? 1 : Math.min(files, Math.ceil((most / rows) * files))
  const chosen = Array.from({ length: wanted }, (_, index) => Math.floor((index * files) / wanted))
  return { ...described, most, input: onlyFiles(input, chosen) }
}

function onlyFiles({ columns, files, rows }: InputTable, chosen: readonly number[]): InputTable {
  return {
    columns,
    files: chosen.flatMap((index) => files[index] ?? []),
    ...(rows && { rows: chosen.map((index) => rows[index]) }),
  }
}
