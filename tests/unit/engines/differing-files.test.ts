// Which files lake compares to find the rows that differ between two versions.
import { describe, expect, it } from 'vitest'
import type { DataFile } from '../../../framework/engine/data-file.ts'
import { isMarkable } from '../../../framework/engine/marking.ts'
import { differingFiles } from '../../../framework/engines/sql/increment/differing-files.ts'

/** A file of 100 rows, with the rows at these positions deleted. */
function file(location: string, ...deleted: readonly number[]): DataFile {
  const liveRows = { kind: 'except', positions: Uint32Array.from(deleted), rowsInFile: 100 } as const
  return {
    ...{ location, rows: 100 - deleted.length, size: 1, partitionValues: {}, stats: () => undefined },
    ...(deleted.length > 0 && { liveRows }),
  }
}

const rowsOf = (files: readonly DataFile[]) =>
  files.map(({ location, rows, liveRows }) => [
    location,
    rows,
    liveRows && `${liveRows.kind} ${liveRows.positions.join(' ')}`,
  ])

const differing = (before: readonly DataFile[], after: readonly DataFile[]) => {
  const { onlyBefore, onlyAfter, common } = differingFiles(before, after)
  return { onlyBefore: rowsOf(onlyBefore), onlyAfter: rowsOf(onlyAfter), common: rowsOf(common) }
}

describe('the rows that differ between two versions', () => {
  it('are in files that only one version has', () => {
    expect(differing([file('a'), file('b', 1)], [file('a'), file('c', 2)])).toEqual({
      ...{ onlyBefore: [['b', 99, 'except 1']], onlyAfter: [['c', 99, 'except 2']], common: [['a', 100, undefined]] },
    })
  })

  it('are, in a file that both versions have, the rows that were deleted or that came back', () => {
    expect(differing([file('a', 1, 2)], [file('a', 2, 3, 4)])).toEqual({
      onlyBefore: [['a', 2, 'only 3 4']],
      onlyAfter: [['a', 1, 'only 1']],
      common: [['a', 96, 'except 1 2 3 4']],
    })
    expect(differing([file('a')], [file('a', 7)])).toEqual({
      ...{ onlyBefore: [['a', 1, 'only 7']], onlyAfter: [], common: [['a', 99, 'except 7']] },
    })
    expect(differing([file('a', 7)], [file('a')])).toEqual({
      ...{ onlyBefore: [], onlyAfter: [['a', 1, 'only 7']], common: [['a', 99, 'except 7']] },
    })
  })

  it('do not include the rows that a file lacks in both versions', () => {
    expect(differing([file('a', 7)], [file('a', 7)])).toEqual({
      onlyBefore: [],
      onlyAfter: [],
      common: [['a', 99, 'except 7']],
    })
  })
})

describe('an increment marks rows of a file', () => {
  const large = (rows: number, deleted = 0): DataFile => ({
    ...file('a'),
    rows: rows - deleted,
    ...(deleted > 0 && { liveRows: { kind: 'except', positions: new Uint32Array(deleted), rowsInFile: rows } }),
  })

  it('if at most a certain share of the file is then deleted, earlier marks included', () => {
    expect(isMarkable(large(10_000), 3000)).toBe(true)
    expect(isMarkable(large(10_000), 3001)).toBe(false)
    expect(isMarkable(large(10_000, 2000), 1000)).toBe(true)
    expect(isMarkable(large(10_000, 2000), 1001)).toBe(false)
  })

  it('only if the file is not small, and the log says how many rows it has', () => {
    expect(isMarkable(large(4999), 1)).toBe(false)
    expect(isMarkable({ ...file('a'), rows: undefined }, 1)).toBe(false)
  })
})
