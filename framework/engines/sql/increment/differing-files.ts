/**
 * Compares the data files of two versions of a table: which rows are in only one version, and which
 * in both.
 */
import type { DataFile } from '../../../engine/data-file.ts'
import { union, without } from '../../../engine/marking.ts'

interface DifferingFiles {
  /** Rows of the old version only. */
  readonly onlyBefore: readonly DataFile[]
  /** Rows of the new version only. */
  readonly onlyAfter: readonly DataFile[]
  readonly common: readonly DataFile[]
}

/**
 * A file of both versions can have a different deletion vector in each. Then the file is split by
 * the positions of its rows.
 */
export function differingFiles(before: readonly DataFile[], after: readonly DataFile[]): DifferingFiles {
  const old = new Map(before.map((file) => [file.location, file]))
  const current = new Set(after.map(({ location }) => location))
  const [onlyBefore, onlyAfter, common]: [DataFile[], DataFile[], DataFile[]] = [[], [], []]
  for (const file of before) if (!current.has(file.location)) onlyBefore.push(file)
  for (const file of after) {
    const other = old.get(file.location)
    if (!other) onlyAfter.push(file)
    else if (!file.liveRows && !other.liveRows) common.push(file)
    else {
      const [then, now] = [deletedRows(other), deletedRows(file)]
      onlyBefore.push(...rowsAt(file, without(now, then)))
      onlyAfter.push(...rowsAt(file, without(then, now)))
      common.push(withoutRows(file, other))
    }
  }
  return { onlyBefore, onlyAfter, common }
}

const deletedRows = ({ liveRows }: DataFile): Uint32Array => liveRows?.positions ?? new Uint32Array()

/** None if there are no such rows. */
function rowsAt(file: DataFile, positions: Uint32Array): readonly DataFile[] {
  if (positions.length === 0) return []
  return [{ ...file, rows: positions.length, liveRows: { kind: 'only', positions, rowsInFile: storedRows(file) } }]
}

/** The file without the rows that are deleted in either version. */
function withoutRows(file: DataFile, other: DataFile): DataFile {
  const positions = union(deletedRows(file), deletedRows(other))
  const rowsInFile = storedRows(file.liveRows ? file : other)
  return { ...file, rows: rowsInFile - positions.length, liveRows: { kind: 'except', positions, rowsInFile } }
}

/** The number of rows in the file. If some were deleted, the log states it. */
const storedRows = ({ liveRows, rows = 0 }: DataFile): number => liveRows?.rowsInFile ?? rows
