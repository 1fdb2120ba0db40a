// The checkpoints that lake writes keep what other Delta writers wrote into a log.

import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { readLogged, readSnapshot } from '../../../../framework/delta/snapshot.ts'
import { commitSongs, file, logFile, makeSongs, metadata, temporaryStorage } from '../example-table.ts'

const current = temporaryStorage()
const path = (version: number, suffix?: string) => join(current.root, logFile(version, suffix))
const CHECKPOINT = '.checkpoint.parquet'

/**
 * Adds actions to the commit of version 9, so that the checkpoint of version 10 must contain them.
 */
async function withActions(...actions: readonly object[]): Promise<void> {
  await makeSongs(current.storage, 9)
  appendFileSync(path(9), actions.map((action) => `${JSON.stringify(action)}\n`).join(''))
  await commitSongs(current.storage, 9, { adds: [file('part-10')] })
}

async function rowsOfCheckpoint(): Promise<readonly Record<string, Record<string, unknown>>[]> {
  const body = readFileSync(path(10, CHECKPOINT))
  return parquetReadObjects({ file: new Uint8Array(body).buffer })
}

const SCHEMA = {
  type: 'struct',
  fields: [
    { name: 'song_id', type: 'string', nullable: false, metadata: { comment: 'of the song', order: 7 } },
    { name: 'year', type: 'integer', nullable: true, metadata: {} },
  ],
}
const METADATA = {
  ...{ id: metadata.id, name: 'songs', description: 'All songs', format: { provider: 'parquet', options: { a: 'b' } } },
  ...{ schemaString: JSON.stringify(SCHEMA), partitionColumns: ['year'], configuration: { 'delta.x': 'y' } },
  ...{ createdTime: 5, novel: { deep: [{ n: 1, t: 'x' }, { n: 2 }], share: 0.5, on: true } },
}

describe('a checkpoint keeps', () => {
  it('comments of the table and of its columns, and unknown fields', async () => {
    await withActions({ metaData: METADATA })
    const row = (await rowsOfCheckpoint()).find(({ metaData }) => metaData)?.metaData
    expect(row).toMatchObject({ name: 'songs', description: 'All songs', schemaString: JSON.stringify(SCHEMA) })
    const fromCheckpoint = await readSnapshot(current.storage, 'songs')
    rmSync(path(10, CHECKPOINT))
    const fromCommits = await readSnapshot(current.storage, 'songs')
    expect(fromCheckpoint).toEqual(fromCommits)
    expect(fromCommits?.metadata.more).toEqual({
      ...{ name: 'songs', description: 'All songs', format: METADATA.format, novel: METADATA.novel },
    })
    expect(fromCommits?.metadata.columns[0]).toMatchObject({ metadata: { comment: 'of the song', order: 7 } })
  })

  it('times of transactions, fields of files, features and their metadata', async () => {
    await withActions(
      { txn: { appId: 'stream', version: 3, lastUpdated: 1_542_000_000_001 } },
      { domainMetadata: { domain: 'delta.clustering', configuration: '{"a":1}', removed: false } },
      { domainMetadata: { domain: 'gone', configuration: '', removed: true } },
      { protocol: { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['domainMetadata', 'rowTracking'] } },
      {
        add: {
          ...ADD,
          path: 'theirs.parquet',
          baseRowId: 12,
          defaultRowCommitVersion: 9,
          clusteringProvider: 'liquid',
        },
      },
      {
        remove: { path: 'part-1', deletionTimestamp: 1_542_000_000_000, dataChange: true, size: 1, deletionVector: DV },
      },
    )
    const fromCheckpoint = await readSnapshot(current.storage, 'songs')
    expect(fromCheckpoint?.transactions.get('stream')?.more).toEqual({ lastUpdated: 1_542_000_000_001 })
    expect(fromCheckpoint?.domains.get('delta.clustering')?.more).toEqual({ configuration: '{"a":1}' })
    expect(fromCheckpoint?.files.get('theirs.parquet')?.more).toEqual({
      ...{ baseRowId: 12, defaultRowCommitVersion: 9, clusteringProvider: 'liquid' },
    })
    expect([...(fromCheckpoint?.removed.values() ?? [])].find(({ path }) => path === 'part-1')?.deletionVector).toEqual(
      DV,
    )
    expect(fromCheckpoint?.protocol.writerFeatures).toEqual(['domainMetadata', 'rowTracking'])
    rmSync(path(10, CHECKPOINT))
    expect(fromCheckpoint).toEqual(await readSnapshot(current.storage, 'songs'))
  })

  it('no columns that none of its actions needs', async () => {
    await makeSongs(current.storage, 10)
    const [row] = await rowsOfCheckpoint()
    expect(Object.keys(row ?? {})).toEqual(['txn', 'add', 'remove', 'metaData', 'protocol'])
  })
})

const ADD = { partitionValues: { year: '2018' }, size: 1, modificationTime: 1, dataChange: true }
const DV = { storageType: 'u', pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^', offset: 4, sizeInBytes: 40, cardinality: 6 }

describe('a table that lake cannot read', () => {
  const raised = {
    protocol: { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['v2'], writerFeatures: ['v2'] },
  }
  const plain = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } }
  const commitOf = (version: number, ...actions: readonly object[]) =>
    writeFileSync(path(version), actions.map((action) => `${JSON.stringify(action)}\n`).join(''))

  it('can be read at versions before its protocol was raised, and after it was lowered again', async () => {
    await makeSongs(current.storage, 1)
    commitOf(2, raised)
    await expect(readSnapshot(current.storage, 'songs')).rejects.toMatchObject({
      code: 'corrupt-table',
      message: expect.stringMatching(/reader version 3 and writer version 7 \(v2\).*lake rollback songs --to 1/),
    })
    expect((await readSnapshot(current.storage, 'songs', 1))?.files.size).toBe(2)
    commitOf(3, plain)
    expect((await readSnapshot(current.storage, 'songs'))?.version).toBe(3)
  })

  it('is not one that has a feature only for writers', async () => {
    await makeSongs(current.storage, 0)
    commitOf(1, { protocol: { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['changeDataFeed'] } })
    expect((await readSnapshot(current.storage, 'songs'))?.version).toBe(1)
  })

  it('has a column of a type that lake lacks, or deletion vectors in an unknown form; lake can still read its log', async () => {
    await makeSongs(current.storage, 0)
    const schema = { type: 'struct', fields: [{ name: 'm', type: { type: 'map' }, nullable: true, metadata: {} }] }
    commitOf(1, { metaData: { ...METADATA, schemaString: JSON.stringify(schema) } })
    await expect(readSnapshot(current.storage, 'songs')).rejects.toMatchObject({
      message: expect.stringMatching(/column m has the type .*lake rollback songs --to 0/),
    })
    const elsewhere = { ...DV, storageType: 'p', pathOrInlineDv: 's3://other/vectors.bin' }
    commitOf(1, { add: { ...ADD, path: 'part-0', deletionVector: elsewhere } })
    await expect(readSnapshot(current.storage, 'songs')).rejects.toMatchObject({
      message: expect.stringMatching(
        /deletion vector of its data file part-0 is at an absolute path.*lake rollback songs --to 0/,
      ),
    })
    expect((await readLogged(current.storage, 'songs'))?.files.get('part-0')?.deletionVector).toEqual(elsewhere)
  })
})

it('a checkpoint in several parts is read as one checkpoint', async () => {
  await makeSongs(current.storage, 12)
  const whole = await readSnapshot(current.storage, 'songs')
  const part = (number: number) => path(10, `.checkpoint.000000000${number}.of.0000000002.parquet`)
  // Two parts with the same content are equivalent to one part.
  writeFileSync(part(1), readFileSync(path(10, CHECKPOINT)))
  renameSync(path(10, CHECKPOINT), part(2))
  for (let version = 0; version < 10; version++) rmSync(path(version))
  expect(await readSnapshot(current.storage, 'songs')).toEqual(whole)
})
