// At which versions data files joined and left a table.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { removeOf } from '../../../framework/delta/actions.ts'
import { isLiveIn, readLifetimes } from '../../../framework/delta/lifetimes.ts'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { commitSongs, file, logFile, makeSongs, metadata, temporaryStorage } from './example-table.ts'

const current = temporaryStorage()

describe('the lifetimes of data files', () => {
  it('are empty if the table does not exist', async () => {
    expect(await readLifetimes(current.storage, 'songs')).toBeUndefined()
  })

  it('say from which version to which a file is live; a file that comes back has two lifetimes', async () => {
    const { storage } = current
    await commitSongs(storage, undefined, { adds: [file('a'), file('b')] })
    await commitSongs(storage, 0, { adds: [file('c')], removes: [removeOf(file('a'), 5)] })
    await commitSongs(storage, 1, { metadata: { ...metadata, partitionColumns: [] } })
    await commitSongs(storage, 2, { adds: [file('a')], removes: [removeOf(file('c'), 6)] })
    const lifetimes = await readLifetimes(storage, 'songs')
    expect(lifetimes?.files).toEqual([
      { path: 'a', from: 0, until: 1 },
      { path: 'c', from: 1, until: 3 },
      { path: 'b', from: 0, until: undefined },
      { path: 'a', from: 3, until: undefined },
    ])
    expect(lifetimes?.schemaSince).toBe(2)
    expect(lifetimes?.versions.map(({ version, timestamp }) => [version, timestamp - 1_542_000_000_000])).toEqual([
      [0, 0],
      [1, 60_000],
      [2, 120_000],
      [3, 180_000],
    ])
  })

  it('agree with the snapshots of all versions', async () => {
    const { storage } = current
    await makeSongs(storage, 12)
    await commitSongs(storage, 12, { removes: [removeOf(file('part-3'), 1), removeOf(file('part-12'), 1)] })
    await commitSongs(storage, 13, { adds: [file('part-3')] })
    const lifetimes = await readLifetimes(storage, 'songs')
    for (let version = 0; version <= 14; version++) {
      const live = lifetimes?.files.filter((lifetime) => isLiveIn(lifetime, version)).map(({ path }) => path)
      const snapshot = await readSnapshot(storage, 'songs', version)
      expect(live?.toSorted(), `version ${version}`).toEqual([...(snapshot?.files.keys() ?? [])].toSorted())
    }
  })

  it('are refused if the log lacks a commit, even if a checkpoint replaces that commit', async () => {
    await makeSongs(current.storage, 11)
    rmSync(join(current.root, logFile(4)))
    await expect(readLifetimes(current.storage, 'songs')).rejects.toMatchObject({ code: 'corrupt-table' })
  })
})
