/** Lists the partitions of a table with their sizes. */
import { liveRowsOf } from '../delta/actions.ts'
import type { Snapshot } from '../delta/snapshot.ts'

interface TablePartition {
  /** The values of the partition columns, in their order. */
  readonly values: readonly (string | null)[]
  readonly files: number
  readonly bytes: number
  /** null if the log does not say it. */
  readonly rows: number | null
}

/**
 * Returns the partitions in the order of their values, a null first. Numbers count by their value,
 * also inside of texts. Pure.
 */
export function tablePartitions({ metadata, files }: Snapshot): readonly TablePartition[] {
  const found = new Map<string, TablePartition>()
  for (const file of files.values()) {
    const values = metadata.partitionColumns.map((column) => file.partitionValues[column] ?? null)
    const name = JSON.stringify(values)
    const known = found.get(name) ?? { values, files: 0, bytes: 0, rows: 0 }
    const rows = liveRowsOf(file)
    found.set(name, {
      values,
      files: known.files + 1,
      bytes: known.bytes + file.size,
      rows: known.rows === null || rows === undefined ? null : known.rows + rows,
    })
  }
  return [...found.values()].toSorted((left, right) => compareValues(left.values, right.values))
}

function compareValues(left: TablePartition['values'], right: TablePartition['values']): number {
  for (const [index, value] of left.entries()) {
    const order = collator().compare(value ?? '', right[index] ?? '')
    if (order !== 0) return order
  }
  return 0
}

let numeric: Intl.Collator | undefined

/** Made on first use, because making it takes longer than most commands take to print. */
function collator(): Intl.Collator {
  numeric ??= new Intl.Collator('en', { numeric: true })
  return numeric
}
