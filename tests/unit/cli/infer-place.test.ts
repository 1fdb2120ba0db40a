// The messages of `lake infer` about files from which it can declare nothing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, expect, it } from 'vitest'
import { inferPlace } from '../../../framework/cli/commands/project/infer.ts'

const directory = mkdtempSync(join(tmpdir(), 'lake-infer-'))
afterAll(() => rmSync(directory, { recursive: true }))

it('names the column of Parquet files that have it with types of no common declaration', async () => {
  const file = (name: string, column: { readonly type: 'STRING' | 'BOOLEAN'; readonly data: unknown[] }) =>
    writeFileSync(
      join(directory, name),
      Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'v', ...column } as never] })),
    )
  file('a.parquet', { type: 'STRING', data: ['x'] })
  file('b.parquet', { type: 'BOOLEAN', data: [true] })
  await expect(inferPlace(directory, {})).rejects.toThrow(
    /no column of the files in .* can be declared: "v", because files have text, and others booleans\. Put files of one kind/,
  )
})
