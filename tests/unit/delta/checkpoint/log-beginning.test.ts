// At which version a log can begin, and which checkpoints allow that.
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { removeOf } from '../../../../framework/delta/actions.ts'
import { beginAt, findBeginning } from '../../../../framework/delta/checkpoint/log-beginning.ts'
import { history } from '../../../../framework/delta/history.ts'
import { isLiveIn, readLifetimes } from '../../../../framework/delta/lifetimes.ts'
import { readCommit } from '../../../../framework/delta/log/log.ts'
import { versionOfFile } from '../../../../framework/delta/log/log-files.ts'
import { readSnapshot, type Snapshot } from '../../../../framework/delta/snapshot.ts'
import { commitSongs, file, logFile, makeSongs, metadata, temporaryStorage } from '../example-table.ts'

const current = temporaryStorage()
const inRoot = (path: string) => join(current.root, path)
const checkpoint = (version: number) => inRoot(logFile(version, '.checkpoint.parquet'))
const versionFound = async (most: number) => (await findBeginning(current.storage, 'songs', most))?.version
const logged = () => readdirSync(inRoot('songs/_delta_log')).toSorted()

describe('the version at which a log can begin', () => {
  it('is the version of the newest checkpoint, but not after the version that has to stay', async () => {
    await makeSongs(current.storage, 23)
    expect(await versionFound(23)).toBe(20)
    expect(await versionFound(19)).toBe(10)
    expect(await versionFound(9)).toBeUndefined()
  })

  it.each([
    ['is damaged', () => truncateSync(checkpoint(20), 300)],
    ['says something else than the commits', () => writeFileSync(checkpoint(20), readFileSync(checkpoint(10)))],
    ['has no commit', () => rmSync(inRoot(logFile(20)))],
    ['is gone', () => rmSync(checkpoint(20))],
  ])('is the version of an older checkpoint if the newest checkpoint %s', async (_, damage) => {
    await makeSongs(current.storage, 23)
    damage()
    expect(await versionFound(23)).toBe(10)
  })

  it('is none if the log has no older version; an interrupted clean-up does not change it', async () => {
    await makeSongs(current.storage, 12)
    for (let version = 0; version < 8; version++) rmSync(inRoot(logFile(version)))
    expect(await versionFound(12)).toBe(10)
    for (let version = 8; version < 10; version++) rmSync(inRoot(logFile(version)))
    expect(await versionFound(12)).toBeUndefined()
  })

  it('is written to _last_checkpoint if that file names an older version', async () => {
    await makeSongs(current.storage, 20)
    const hint = inRoot('songs/_delta_log/_last_checkpoint')
    const newest = readFileSync(hint, 'utf8')
    const beginning = await findBeginning(current.storage, 'songs', 20)
    if (!beginning) throw new Error('no beginning')
    await beginAt(current.storage, 'songs', beginning)
    expect(readFileSync(hint, 'utf8')).toBe(newest)
    writeFileSync(hint, '{"version":10,"size":13}')
    await beginAt(current.storage, 'songs', beginning)
    expect(JSON.parse(readFileSync(hint, 'utf8'))).toEqual({ version: 20, size: 23, numOfAddFiles: 21 })
  })
})

describe('a log whose oldest files are removed one after the other', () => {
  /** A history that adds files, removes some, adds them again, and changes the schema. */
  async function makeTable(): Promise<ReadonlyMap<number, Snapshot | undefined>> {
    const { storage } = current
    await makeSongs(storage, 5)
    await commitSongs(storage, 5, { removes: [removeOf(file('part-2'), 1)] })
    await commitSongs(storage, 6, { adds: [file('part-2')], transactions: [{ appId: 'run', version: 1 }] })
    for (let version = 8; version <= 16; version++)
      await commitSongs(storage, version - 1, { adds: [file(`later-${version}`)] })
    await commitSongs(storage, 16, { metadata: { ...metadata, partitionColumns: [] } })
    for (let version = 18; version <= 22; version++)
      await commitSongs(storage, version - 1, { removes: [removeOf(file(`later-${version - 10}`), 1)] })
    const versions = Array.from({ length: 23 }, (_, version) => version)
    return new Map(
      await Promise.all(versions.map(async (at) => [at, await readSnapshot(storage, 'songs', at)] as const)),
    )
  }
  const withoutRemoved = (snapshot: Snapshot | undefined) => ({ ...snapshot, removed: undefined })

  it('can be read from its beginning on after each removal, and names removed versions', async () => {
    const { storage } = current
    const before = await makeTable()
    const beginning = await findBeginning(storage, 'songs', 22)
    expect(beginning?.version).toBe(20)
    for (const name of logged().filter((name) => (versionOfFile(`songs/_delta_log/${name}`)?.version ?? 20) < 20)) {
      rmSync(inRoot(`songs/_delta_log/${name}`))
      const lifetimes = await readLifetimes(storage, 'songs')
      const oldest = lifetimes?.oldest ?? -1
      expect([10, 20]).toContain(oldest)
      expect(lifetimes?.schemaSince).toBe(Math.max(17, oldest))
      expect((await history(storage, 'songs'))?.at(-1)?.version).toBe(oldest)
      for (const version of [oldest, oldest + 1, 21, 22]) {
        const read = await readSnapshot(storage, 'songs', version)
        expect(withoutRemoved(read), `${version} without ${name}`).toEqual(withoutRemoved(before.get(version)))
        const live = lifetimes?.files.filter((lifetime) => isLiveIn(lifetime, version)).map(({ path }) => path)
        expect(live?.toSorted()).toEqual([...(read?.files.keys() ?? [])].toSorted())
      }
      const gone = { code: 'usage', message: expect.stringContaining(`which begins at version ${oldest}.`) }
      await expect(readSnapshot(storage, 'songs', oldest - 1)).rejects.toMatchObject(gone)
      await expect(readCommit(storage, 'songs', 0)).rejects.toMatchObject(gone)
    }
    expect(logged()).toHaveLength(5)
  })
})
