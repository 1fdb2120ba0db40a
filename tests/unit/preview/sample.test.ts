// Which files a preview reads.
import { expect, it } from 'vitest'
import { sampleOf } from '../../../framework/preview/sample.ts'

const table = (rowsOfFiles: readonly (number | undefined)[]) => ({
  ...{ key: 'plays', version: 3, rowsOfFiles },
  input: { columns: [], files: rowsOfFiles.map((_, index) => `${index}.parquet`) },
})

it('a preview reads all files of a small table, and evenly distributed files of a large table', () => {
  expect(sampleOf(table([3, 4]), 7)).toMatchObject({
    rows: 7,
    most: undefined,
    input: { files: ['0.parquet', '1.parquet'] },
  })
  expect(sampleOf(table([10, 10, 10, 10]), 20)).toMatchObject({
    ...{ rows: 40, most: 20, input: { files: ['0.parquet', '2.parquet'] } },
  })
})

it('a preview reads one file of a table if the log lacks the size of the table', () => {
  expect(sampleOf(table([undefined, 5]), 20)).toMatchObject({
    rows: undefined,
    most: 20,
    input: { files: ['0.parquet'] },
  })
})

it('a preview keeps the deleted rows of a file with the file', () => {
  const kept = { kind: 'except', positions: Uint32Array.of(1), rowsInFile: 10 } as const
  const { input, ...others } = table([9, 10, 10])
  const sample = sampleOf({ ...others, input: { ...input, rows: [kept, undefined, undefined] } }, 12)
  expect(sample.input).toMatchObject({ files: ['0.parquet', '1.parquet'], rows: [kept, undefined] })
})
