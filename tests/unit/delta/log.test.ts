// How lake finds and reads the commits of a log.
import { renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { removeOf } from '../../../framework/delta/actions.ts'
import { history } from '../../../framework/delta/history.ts'
import { latestCommit, readCommit } from '../../../framework/delta/log/log.ts'
import { commitSongs, file, logFile, makeSongs, recorded, temporaryStorage } from './example-table.ts'

const current = temporaryStorage()
const { commitFile } = current

describe('the latest commit', () => {
  it('is undefined if the table does not exist', async () => {
    expect(await latestCommit(current.storage, 'songs')).toBeUndefined()
  })

  it('is found with the names in the log and one file', async () => {
    await makeSongs(current.storage, 12)
    const { storage, asked } = recorded(current.storage)
    expect(await latestCommit(storage, 'songs')).toEqual({
      version: 12,
      timestamp: 1_542_000_720_000,
      commitInfo: {
        timestamp: 1_542_000_720_000,
        operation: 'WRITE',
        engineInfo: 'lake',
        lake: { codeVersion: 'abc' },
      },
    })
    expect(asked).toEqual(['names songs/_delta_log', `read ${logFile(12)}`])
  })

  it('has the time of its files if its writer records no time', async () => {
    await makeSongs(current.storage, 0)
    writeFileSync(
      commitFile(1),
      '{"add":{"path":"x","partitionValues":{},"size":1,"modificationTime":77,"dataChange":true}}',
    )
    expect(await latestCommit(current.storage, 'songs')).toEqual({
      version: 1,
      timestamp: 77,
      commitInfo: { timestamp: 77, operation: 'UNKNOWN' },
    })
  })

  it('is refused if it is cut short', async () => {
    await makeSongs(current.storage, 1)
    truncateSync(commitFile(1), 100)
    await expect(latestCommit(current.storage, 'songs')).rejects.toMatchObject({
      code: 'corrupt-table',
      message: expect.stringContaining(commitFile(1)),
    })
  })

  it.each([
    ['0', 1, 0],
    ['a version in the middle', 12, 11],
    ['the version of the only checkpoint that is left', 12, 10],
  ])(
    'is refused if the commit of %s before it is missing; lake notices that without another request: %#',
    async (_, newest, hole) => {
      await makeSongs(current.storage, newest)
      rmSync(commitFile(hole))
      if (hole === 10) {
        // A checkpoint replaces the commits up to its version.
        expect((await latestCommit(current.storage, 'songs'))?.version).toBe(12)
        rmSync(join(current.root, logFile(10, '.checkpoint.parquet')))
      }
      const { storage, asked } = recorded(current.storage)
      await expect(latestCommit(storage, 'songs')).rejects.toMatchObject({
        code: 'corrupt-table',
        asset: 'songs',
        message: expect.stringMatching(new RegExp(`${commitFile(hole)} is missing. .*delete the directory`)),
      })
      expect(asked).toEqual(['names songs/_delta_log'])
    },
  )

  it('is refused if its own file is missing, even if its checkpoint exists', async () => {
    await makeSongs(current.storage, 10)
    rmSync(commitFile(10))
    await expect(latestCommit(current.storage, 'songs')).rejects.toMatchObject({
      code: 'corrupt-table',
      message: expect.stringContaining(`${commitFile(10)} is missing`),
    })
  })

  it('is read without the commits from before a checkpoint', async () => {
    await makeSongs(current.storage, 23)
    for (let version = 0; version < 15; version++) rmSync(commitFile(version))
    expect((await latestCommit(current.storage, 'songs'))?.version).toBe(23)
  })

  it('is refused after a checkpoint that lacks a part if older commits are missing too; the error names the part', async () => {
    await makeSongs(current.storage, 12)
    const part = (number: number) => logFile(10, `.checkpoint.000000000${number}.of.0000000002.parquet`)
    renameSync(join(current.root, logFile(10, '.checkpoint.parquet')), join(current.root, part(1)))
    expect((await latestCommit(current.storage, 'songs'))?.version).toBe(12)
    for (let version = 0; version < 10; version++) rmSync(commitFile(version))
    await expect(latestCommit(current.storage, 'songs')).rejects.toMatchObject({
      code: 'corrupt-table',
      message: expect.stringContaining(`${join(current.root, part(2))} is missing`),
    })
  })

  it('ignores a file name that claims more parts of a checkpoint than can exist', async () => {
    await makeSongs(current.storage, 12)
    const [first, last] = ['0000000001', '9999999999']
    writeFileSync(join(current.root, logFile(11, `.checkpoint.${first}.of.${last}.parquet`)), '')
    expect((await latestCommit(current.storage, 'songs'))?.version).toBe(12)
  })

  it('ignores files in the log that are not commits', async () => {
    await makeSongs(current.storage, 0)
    const nine = '00000000000000000009'
    for (const name of [
      `${nine}.crc`,
      `${nine}.json.bak`,
      `0${nine}.json`,
      `${nine}.${nine}.compacted.json`,
      `${nine}.6ba7b810.checkpoint.parquet`,
      '9.json',
    ]) {
      writeFileSync(join(current.root, 'songs/_delta_log', name), '')
    }
    expect((await latestCommit(current.storage, 'songs'))?.version).toBe(0)
  })
})

describe('the commit of one version', () => {
  it('is undefined only if the table does not exist', async () => {
    expect(await readCommit(current.storage, 'songs', 0)).toBeUndefined()
    await makeSongs(current.storage, 0)
    expect((await readCommit(current.storage, 'songs', 0))?.adds).toEqual([file('part-0')])
    await expect(readCommit(current.storage, 'songs', 1)).rejects.toMatchObject({
      code: 'usage',
      message: 'There is no version 1 of songs: it has only version 0. Run `lake history songs` to list its versions.',
    })
  })
})

describe('the history', () => {
  it('is undefined if the table does not exist', async () => {
    expect(await history(current.storage, 'songs')).toBeUndefined()
  })

  it('counts files and rows, newest version first', async () => {
    await commitSongs(current.storage, undefined, { adds: [file('a'), file('b')] })
    await commitSongs(current.storage, 0, {
      adds: [file('c')],
      removes: [removeOf(file('a'), 1), removeOf(file('b'), 1)],
    })
    expect(await history(current.storage, 'songs')).toMatchObject([
      { version: 1, timestamp: 1_542_000_060_000, filesAdded: 1, filesRemoved: 2, rowsAdded: 3, rowsRemoved: 6 },
      { version: 0, timestamp: 1_542_000_000_000, filesAdded: 2, filesRemoved: 0, rowsAdded: 6, rowsRemoved: 0 },
    ])
  })

  it('does not count the rows of files without stats', async () => {
    const { stats: _, ...bare } = file('a')
    await commitSongs(current.storage, undefined, { adds: [bare, file('b')] })
    await commitSongs(current.storage, 0, { removes: [removeOf(bare, 1)] })
    expect(await history(current.storage, 'songs')).toMatchObject([
      { rowsRemoved: undefined },
      { rowsAdded: undefined },
    ])
  })

  it('can be limited to some versions, and then reads only their commits', async () => {
    await makeSongs(current.storage, 12)
    rmSync(commitFile(3))
    const { storage, asked } = recorded(current.storage)
    expect((await history(storage, 'songs', 2))?.map((entry) => entry.version)).toEqual([12, 11])
    expect(asked).toHaveLength(3)
    await expect(history(current.storage, 'songs')).rejects.toMatchObject({
      code: 'corrupt-table',
      message: expect.stringContaining(commitFile(3)),
    })
  })

  it('goes back to the beginning of the log', async () => {
    await makeSongs(current.storage, 12)
    for (let version = 0; version < 10; version++) rmSync(commitFile(version))
    expect((await history(current.storage, 'songs'))?.map((entry) => entry.version)).toEqual([12, 11, 10])
    expect(await history(current.storage, 'songs', 0)).toEqual([])
  })
})
