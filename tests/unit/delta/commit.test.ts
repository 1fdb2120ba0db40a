// How commits and checkpoints are written.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { removeOf } from '../../../framework/delta/actions.ts'
import { commit } from '../../../framework/delta/commit.ts'
import { latestCommit, readCommit } from '../../../framework/delta/log/log.ts'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { commitSongs, file, logFile, makeSongs, metadata, temporaryStorage } from './example-table.ts'

const current = temporaryStorage()

function lines(version: number): readonly unknown[] {
  const text = readFileSync(join(current.root, logFile(version)), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('a commit', () => {
  it('makes a table with the protocol and its metadata', async () => {
    const added = file('year=2018/a b.parquet', { tags: { fingerprint: 'xyz' } })
    expect(await commitSongs(current.storage, undefined, { adds: [added] })).toEqual({
      outcome: 'committed',
      version: 0,
    })
    expect(lines(0)).toEqual([
      {
        commitInfo: {
          timestamp: 1_542_000_000_000,
          operation: 'WRITE',
          operationParameters: {},
          engineInfo: 'lake',
          lake: { codeVersion: 'abc' },
          commitId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        },
      },
      { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
      {
        metaData: {
          id: metadata.id,
          format: { provider: 'parquet', options: {} },
          schemaString: expect.stringContaining('"song_id"'),
          partitionColumns: ['year'],
          configuration: { 'lake.asset': 'songs' },
          createdTime: 1_542_000_000_000,
        },
      },
      {
        add: {
          path: 'year=2018/a%20b.parquet',
          partitionValues: { year: '2018' },
          size: 1000,
          modificationTime: 1_542_000_000_000,
          dataChange: true,
          stats: '{"numRecords":3,"minValues":{"song_id":"a"},"maxValues":{"song_id":"b"},"nullCount":{"song_id":0}}',
          tags: { fingerprint: 'xyz' },
        },
      },
    ])
  })

  it('adds and removes files, and records how far a writer came', async () => {
    await commitSongs(current.storage, undefined, { adds: [file('a')] })
    const actions = {
      adds: [file('b', { partitionValues: { year: null } })],
      removes: [removeOf(file('a'), 5)],
      transactions: [{ appId: 'run', version: 7 }],
    }
    expect(await commitSongs(current.storage, 0, actions)).toEqual({ outcome: 'committed', version: 1 })
    expect(lines(1).slice(1)).toMatchObject([
      { txn: { appId: 'run', version: 7 } },
      {
        remove: {
          path: 'a',
          deletionTimestamp: 5,
          dataChange: true,
          extendedFileMetadata: true,
          partitionValues: { year: '2018' },
          size: 1000,
          stats: '{"numRecords":3}',
        },
      },
      { add: { path: 'b', partitionValues: { year: null }, dataChange: true } },
    ])
    expect(lines(1)).toHaveLength(4)
    expect(await readCommit(current.storage, 'songs', 1)).toMatchObject({ version: 1, ...actions })
  })

  it('is a conflict if another writer has created the version; it then writes nothing', async () => {
    await commitSongs(current.storage, undefined, { adds: [file('a')] })
    expect(await commitSongs(current.storage, undefined, { adds: [file('b')] })).toEqual({
      outcome: 'conflict',
      version: 0,
    })
    expect([...((await readSnapshot(current.storage, 'songs'))?.files.keys() ?? [])]).toEqual(['a'])
  })

  it('succeeds for one of many concurrent writers', async () => {
    await commitSongs(current.storage, undefined, {})
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, writer) => commitSongs(current.storage, 0, { adds: [file(`part-${writer}`)] })),
    )
    const winner = outcomes.findIndex(({ outcome }) => outcome === 'committed')
    expect(outcomes.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1)
    expect([...((await readSnapshot(current.storage, 'songs'))?.files.keys() ?? [])]).toEqual([`part-${winner}`])
  })

  it('recognizes itself if the storage has written it, lost the first response, and tried again', async () => {
    const { storage } = current
    const retrying = {
      ...storage,
      putIfAbsent: async (path: string, body: string | Uint8Array) => {
        await storage.putIfAbsent(path, body)
        return storage.putIfAbsent(path, body)
      },
    }
    expect(await commitSongs(retrying, undefined, { adds: [file('a')] })).toEqual({ outcome: 'committed', version: 0 })
  })

  it('recognizes itself if the storage failed after writing it; if the storage did not write it, the commit fails', async () => {
    const { storage } = current
    const failing = (isWritten: boolean) => ({
      ...storage,
      putIfAbsent: async (path: string, body: string | Uint8Array) => {
        if (isWritten) await storage.putIfAbsent(path, body)
        throw new Error('connection reset')
      },
    })
    await expect(commitSongs(failing(false), undefined, {})).rejects.toThrow('connection reset')
    expect(await commitSongs(failing(true), undefined, {})).toEqual({ outcome: 'committed', version: 0 })
    await expect(commitSongs(failing(true), undefined, {})).rejects.toThrow('connection reset')
  })

  it('refuses a request that contradicts itself or lacks the metadata of a new table', async () => {
    const commitInfo = { timestamp: 1, operation: 'WRITE' }
    const twice = { metadata, adds: [file('a')], removes: [removeOf(file('a'), 1)] }
    await expect(commit(current.storage, 'songs', { readVersion: undefined, actions: {}, commitInfo })).rejects.toThrow(
      'no metadata',
    )
    await expect(
      commit(current.storage, 'songs', { readVersion: undefined, actions: twice, commitInfo }),
    ).rejects.toThrow('adds or removes a twice')
    expect(await latestCommit(current.storage, 'songs')).toBeUndefined()
  })
})

describe('checkpoints', () => {
  it('are written after every tenth version', async () => {
    await makeSongs(current.storage, 21)
    const names = readdirSync(join(current.root, 'songs/_delta_log')).filter((name) => name.endsWith('.parquet'))
    expect(names).toEqual(['00000000000000000010.checkpoint.parquet', '00000000000000000020.checkpoint.parquet'])
    expect(JSON.parse(readFileSync(join(current.root, 'songs/_delta_log/_last_checkpoint'), 'utf8'))).toMatchObject({
      version: 20,
      size: 23,
      numOfAddFiles: 21,
    })
  })

  it('do not make a commit fail if they cannot be written', async () => {
    mkdirSync(join(current.root, logFile(10, '.checkpoint.parquet')), { recursive: true })
    await makeSongs(current.storage, 9)
    expect(await commitSongs(current.storage, 9, { adds: [file('x')] })).toEqual({ outcome: 'committed', version: 10 })
    expect((await readSnapshot(current.storage, 'songs'))?.files.size).toBe(11)
  })

  it('are not written for a damaged table', async () => {
    await makeSongs(current.storage, 9)
    writeFileSync(join(current.root, logFile(4)), '{"add"')
    expect(await commitSongs(current.storage, 9, {})).toEqual({ outcome: 'committed', version: 10 })
    expect(readdirSync(join(current.root, 'songs/_delta_log'))).toHaveLength(11)
  })
})
