// How lake makes a snapshot from commits and checkpoints.
import { appendFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { removeOf } from '../../../framework/delta/actions.ts'
import { readSnapshot, type Snapshot } from '../../../framework/delta/snapshot.ts'
import { commitSongs, file, logFile, makeSongs, metadata, recorded, temporaryStorage } from './example-table.ts'

const current = temporaryStorage()
const { commitFile } = current
const snapshot = (version?: number) => readSnapshot(current.storage, 'songs', version)
const pathsOf = (read: Snapshot | undefined) => [...(read?.files.keys() ?? [])]
const parts = (newest: number) => Array.from({ length: newest + 1 }, (_, version) => `part-${version}`)
const inLog = (name: string) => join(current.root, 'songs/_delta_log', name)
const checkpoint = (version: number) => join(current.root, logFile(version, '.checkpoint.parquet'))

function removeCommits(from: number, to: number): void {
  for (let version = from; version <= to; version++) rmSync(commitFile(version))
}

describe('a snapshot', () => {
  it('is undefined if the table does not exist', async () => {
    expect(await snapshot()).toBeUndefined()
    expect(await snapshot(3)).toBeUndefined()
  })

  it('has the files that were added and not removed later', async () => {
    await commitSongs(current.storage, undefined, { adds: [file('a'), file('b')] })
    await commitSongs(current.storage, 0, {
      adds: [file('c')],
      removes: [removeOf(file('a'), 5)],
      transactions: [{ appId: 'run', version: 1 }],
    })
    await commitSongs(current.storage, 1, {
      adds: [file('a', { size: 2 })],
      removes: [removeOf(file('b'), 6)],
      transactions: [{ appId: 'run', version: 2 }],
    })
    expect(await snapshot()).toEqual({
      version: 2,
      protocol: { minReaderVersion: 1, minWriterVersion: 2 },
      metadata,
      files: new Map([
        ['c', file('c')],
        ['a', file('a', { size: 2 })],
      ]),
      removed: new Map([['b', removeOf(file('b'), 6)]]),
      transactions: new Map([['run', { appId: 'run', version: 2 }]]),
      domains: new Map(),
    })
  })

  it('has the metadata of its version', async () => {
    await commitSongs(current.storage, undefined, {})
    await commitSongs(current.storage, 0, { metadata: { ...metadata, partitionColumns: [] } })
    expect((await snapshot())?.metadata.partitionColumns).toEqual([])
    expect((await snapshot(0))?.metadata.partitionColumns).toEqual(['year'])
  })

  it('can be taken of any version, before and after a checkpoint', async () => {
    await makeSongs(current.storage, 23)
    for (const version of [0, 9, 10, 11, 20, 22, 23]) {
      const read = await snapshot(version)
      expect(read?.version).toBe(version)
      expect(pathsOf(read)).toEqual(parts(version))
    }
    expect(pathsOf(await snapshot())).toEqual(parts(23))
  })

  it('ignores unknown actions', async () => {
    await makeSongs(current.storage, 0)
    appendFileSync(commitFile(0), '{"cdc":{"path":"x"}}\n{"domainMetadata":{"domain":"y"}}\n')
    expect(pathsOf(await snapshot())).toEqual(['part-0'])
  })

  it('reads the empty partition value as null', async () => {
    await commitSongs(current.storage, undefined, { adds: [file('a', { partitionValues: { year: '' } })] })
    expect((await snapshot())?.files.get('a')?.partitionValues).toEqual({ year: null })
  })
})

describe('a snapshot from a checkpoint', () => {
  it('equals the snapshot from the commits', async () => {
    const odd = { 'a b%25=/?#': 'é"\n', empty: null, same: null }
    await commitSongs(current.storage, undefined, {
      adds: [file('odd %20é', { partitionValues: odd, tags: { fingerprint: 'f' } }), file('a')],
    })
    await commitSongs(current.storage, 0, {
      adds: [{ ...file('bare'), partitionValues: {} }],
      transactions: [{ appId: 'run', version: 2 ** 40 }],
    })
    for (let version = 2; version <= 10; version++) await commitSongs(current.storage, version - 1, {})
    const fromCheckpoint = await snapshot()
    rmSync(checkpoint(10))
    expect(fromCheckpoint).toEqual(await snapshot())
    expect(fromCheckpoint?.files.get('odd %20é')?.partitionValues).toEqual(odd)
  })

  it('keeps the records of files that were removed within a week', async () => {
    const week = 7 * 24 * 60 * 60 * 1000
    const now = 1_542_000_000_000 + 10 * 60_000
    await commitSongs(current.storage, undefined, { adds: [file('old'), file('recent'), file('live')] })
    await commitSongs(current.storage, 0, {
      removes: [removeOf(file('old'), now - week), removeOf(file('recent'), now - week + 1)],
    })
    for (let version = 2; version <= 10; version++) await commitSongs(current.storage, version - 1, {})
    removeCommits(0, 9)
    const read = await snapshot()
    expect(pathsOf(read)).toEqual(['live'])
    expect([...(read?.removed.keys() ?? [])]).toEqual(['recent'])
  })

  it('is read without anything from before the checkpoint', async () => {
    await makeSongs(current.storage, 22)
    const { storage, asked } = recorded(current.storage)
    expect(pathsOf(await readSnapshot(storage, 'songs'))).toEqual(parts(22))
    expect(asked).toEqual([
      'read songs/_delta_log/_last_checkpoint',
      'names songs/_delta_log after 00000000000000000020',
      `read ${logFile(20, '.checkpoint.parquet')}`,
      `read ${logFile(21)}`,
      `read ${logFile(22)}`,
    ])
  })

  it('is read without the commits before the checkpoint', async () => {
    await makeSongs(current.storage, 23)
    removeCommits(0, 19)
    rmSync(checkpoint(10))
    expect(pathsOf(await snapshot())).toEqual(parts(23))
    expect(pathsOf(await snapshot(20))).toEqual(parts(20))
  })

  it.each([
    ['missing', () => rmSync(inLog('_last_checkpoint'))],
    ['broken', () => writeFileSync(inLog('_last_checkpoint'), '{"ver')],
    ['wrong about a version', () => writeFileSync(inLog('_last_checkpoint'), '{"version":15}')],
    ['behind', () => writeFileSync(inLog('_last_checkpoint'), '{"version":10}')],
    ['ahead of the table', () => writeFileSync(inLog('_last_checkpoint'), '{"version":90}')],
  ])('is right even if _last_checkpoint is %s', async (_, damage) => {
    await makeSongs(current.storage, 23)
    damage()
    expect(pathsOf(await snapshot())).toEqual(parts(23))
    removeCommits(0, 19)
    expect(pathsOf(await snapshot())).toEqual(parts(23))
  })

  it.each([
    ['truncated', () => truncateSync(checkpoint(20), 500)],
    ['empty', () => truncateSync(checkpoint(20), 0)],
    ['not Parquet', () => writeFileSync(checkpoint(20), 'x'.repeat(1000))],
    ['gone', () => rmSync(checkpoint(20))],
  ])('is read from an older checkpoint and the commits after it if the newest is %s', async (_, damage) => {
    await makeSongs(current.storage, 23)
    damage()
    expect(pathsOf(await snapshot())).toEqual(parts(23))
    removeCommits(0, 9)
    expect(pathsOf(await snapshot())).toEqual(parts(23))
  })

  it('is refused, with the name of the checkpoint, if the commits are missing too', async () => {
    await makeSongs(current.storage, 12)
    truncateSync(checkpoint(10), 500)
    removeCommits(0, 3)
    await expect(snapshot()).rejects.toMatchObject({
      code: 'corrupt-table',
      asset: 'songs',
      message: expect.stringContaining(checkpoint(10)),
    })
  })
})

describe('a damaged log', () => {
  const corrupt = (text: string) => ({ code: 'corrupt-table', asset: 'songs', message: expect.stringContaining(text) })

  it('is refused if a commit is missing, and the message says what to do', async () => {
    await makeSongs(current.storage, 3)
    rmSync(commitFile(1))
    await expect(snapshot()).rejects.toMatchObject({
      code: 'corrupt-table',
      asset: 'songs',
      message: `The table songs cannot be read: ${commitFile(1)} is missing. Restore it from a backup, or delete the directory ${current.root}/songs: a table is rebuilt from its upstreams, a source from its files.`,
    })
    expect(pathsOf(await snapshot(0))).toEqual(['part-0'])
  })

  it.each([
    ['truncated', () => truncateSync(commitFile(2), 150)],
    ['empty', () => truncateSync(commitFile(2), 0)],
    ['not JSON', () => writeFileSync(commitFile(2), 'no\n')],
    ['not actions', () => writeFileSync(commitFile(2), '[1]\n')],
    ['without the path of a file', () => writeFileSync(commitFile(2), '{"add":{"size":1}}\n')],
    [
      'badly encoded',
      () => writeFileSync(commitFile(2), readFileSync(commitFile(2), 'utf8').replace('part-2', 'part-%zz')),
    ],
    [
      'naming a file outside the table',
      () => writeFileSync(commitFile(2), readFileSync(commitFile(2), 'utf8').replace('part-2', '../part-2')),
    ],
  ])('is refused if a commit is %s', async (_, damage) => {
    await makeSongs(current.storage, 3)
    damage()
    await expect(snapshot()).rejects.toMatchObject(corrupt(commitFile(2)))
  })

  it('is refused without metadata or protocol', async () => {
    await makeSongs(current.storage, 0)
    const whole = readFileSync(commitFile(0), 'utf8')
    for (const action of ['metaData', 'protocol']) {
      writeFileSync(
        commitFile(0),
        whole
          .split('\n')
          .filter((line) => !line.startsWith(`{"${action}"`))
          .join('\n'),
      )
      await expect(snapshot()).rejects.toMatchObject(corrupt(`there is no ${action} in`))
    }
  })

  it('is refused if it has features of other Delta writers, which the error names', async () => {
    await makeSongs(current.storage, 0)
    const protocol = {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['deletionVectors', 'columnMapping'],
      writerFeatures: ['deletionVectors', 'appendOnly'],
    }
    writeFileSync(
      commitFile(0),
      readFileSync(commitFile(0), 'utf8').replace(/{"protocol".*/, JSON.stringify({ protocol })),
    )
    await expect(snapshot()).rejects.toMatchObject(
      corrupt('reader version 3 and writer version 7 (deletionVectors, columnMapping, appendOnly)'),
    )
  })
})

describe('a version that does not exist', () => {
  it.each([4, -1, 1.5])('is refused: %s', async (version) => {
    await makeSongs(current.storage, 3)
    await expect(snapshot(version)).rejects.toMatchObject({
      code: 'usage',
      message: `There is no version ${version} of songs: it has versions 0 to 3. Run \`lake history songs\` to list its versions.`,
    })
  })

  it('is refused if its commits were deleted', async () => {
    await makeSongs(current.storage, 12)
    removeCommits(0, 9)
    await expect(snapshot(5)).rejects.toMatchObject({
      code: 'usage',
      message:
        'Version 5 of songs is no longer in the log, which begins at version 10. Run `lake history songs` to list its versions.',
    })
    expect(readdirSync(inLog('.'))).toHaveLength(5)
  })
})
