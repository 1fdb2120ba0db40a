/** A checkpoint of many files has several row groups. lake reads one group at a time. */
import { parquetMetadata } from 'hyparquet'
import { expect, it } from 'vitest'
import { readCheckpoint, writeCheckpoint } from '../../../../framework/delta/checkpoint/checkpoint.ts'
import { logDirectory } from '../../../../framework/delta/log/log-files.ts'
import { file, logFile, metadata, temporaryStorage } from '../example-table.ts'

const current = temporaryStorage()

it('a checkpoint of 45,000 files has three row groups, and lake reads all actions in them', async () => {
  const table = { storage: current.storage, table: 'songs' }
  const checkpoint = logFile(0, '.checkpoint.parquet')
  const written = {
    protocol: { minReaderVersion: 1, minWriterVersion: 2 },
    metadata,
    transactions: [{ appId: 'other', version: 7 }],
    removes: [
      { path: 'gone', deletionTimestamp: 1_542_000_000_000, partitionValues: { year: '2018' }, size: 10, rows: 3 },
    ],
    adds: Array.from({ length: 45_000 }, (_, number) => file(`part-${number}`, { tags: { number: String(number) } })),
  }
  await writeCheckpoint(table, 0, written)
  const body = (await current.storage.read(checkpoint, 2 ** 30))?.body ?? new Uint8Array()
  const groups = parquetMetadata(new Uint8Array(body).buffer).row_groups.map(({ num_rows }) => Number(num_rows))
  expect(groups).toEqual([20_000, 20_000, 5_004])
  const name = checkpoint.slice(logDirectory('songs').length + 1)
  expect(await readCheckpoint(table, { names: [name] })).toEqual(written)
})
