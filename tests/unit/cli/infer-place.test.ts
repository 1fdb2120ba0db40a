// The messages of `lake infer` about files for which it can declare no source.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, expect, it } from 'vitest'
import { inferPlace } from '../../../framework/cli/commands/project/infer.ts'

const directory = mkdtempSync(join(tmpdir(), 'lake-infer-'))
afterAll(() => rmSync(directory, { recursive: true }))

it('lake infer names a column whose types in the Parquet files fit no single declaration', async () => {
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
