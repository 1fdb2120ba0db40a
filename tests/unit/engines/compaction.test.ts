/** Which small files an increment merges. The tests make thousands of changes. */
import { expect, it } from 'vitest'
import { filesToMerge } from '../../../framework/engine/compaction.ts'
import type { DataFile } from '../../../framework/engine/data-file.ts'

const CHANGES = 5_000
/** A merge makes files eight times as large. */
const SIZES = Math.ceil(Math.log(CHANGES) / Math.log(8))

const fileOf = (at: number, rows: number): DataFile => ({
  ...{ path: `${at}.parquet`, location: `table/${at}.parquet`, size: 100 * rows, modificationTime: at },
  ...{ partitionValues: {}, rows, stats: () => undefined },
})

it('a table has few files after any number of changes, and lake rewrites each of its rows only a few times', () => {
  let files: readonly DataFile[] = []
  let rewritten = 0
  for (let change = 0; change < CHANGES; change++) {
    const merged = filesToMerge(files, [{}])
    const rows = merged.reduce((sum, file) => sum + (file.rows ?? 0), 0)
    rewritten += rows
    files = [...files.filter((file) => !merged.includes(file)), fileOf(change, rows + 1)]
    expect(files.length).toBeLessThan(8 * SIZES)
  }
  expect(files.reduce((sum, file) => sum + (file.rows ?? 0), 0)).toBe(CHANGES)
  expect(rewritten / CHANGES).toBeLessThan(SIZES + 1)
})
