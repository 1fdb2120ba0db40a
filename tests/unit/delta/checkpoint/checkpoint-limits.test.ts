/**
 * lake does not decode a checkpoint that unpacks to more than a maximum. Otherwise a small forged
 * file could fill the memory.
 */
import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { readCheckpoint } from '../../../../framework/delta/checkpoint/checkpoint.ts'
import { commit } from '../../../../framework/delta/commit.ts'
import { logDirectory } from '../../../../framework/delta/log/log-files.ts'
import { readSnapshot } from '../../../../framework/delta/snapshot.ts'
import { file, logFile, makeSongs, temporaryStorage } from '../example-table.ts'

const current = temporaryStorage()
const LARGE = { rows: 1_000_000, values: 1_000_000, bytes: 1_000_000_000 }
const checkpoint = logFile(10, '.checkpoint.parquet')
const name = checkpoint.slice(logDirectory('songs').length + 1)

const read = (limits: object, names: readonly string[] = [name]) =>
  readCheckpoint({ storage: current.storage, table: 'songs' }, { names }, { ...LARGE, ...limits })

const refused = (what: string) => ({
  code: 'corrupt-table',
  asset: 'songs',
  message: expect.stringContaining(
    `The table songs cannot be read: the checkpoint ${join(current.root, checkpoint)} unpacks to ${what}`,
  ),
})

describe('a checkpoint', () => {
  it('is read up to a maximum of rows and bytes, over all of its parts', async () => {
    await makeSongs(current.storage, 10)
    // The protocol, the metadata and the eleven files.
    expect((await read({ rows: 13 }))?.adds).toHaveLength(11)
    await expect(read({ rows: 12 })).rejects.toMatchObject(refused('13 rows, and lake reads at most 12'))
    await expect(read({ rows: 25 }, [name, name])).rejects.toMatchObject(refused('26 rows'))
    await expect(read({ bytes: 100 })).rejects.toMatchObject({
      message: expect.stringMatching(/unpacks to \d{3,4} bytes, and lake reads at most 100 of one/),
    })
  })

  it('is read up to a maximum number of values in any column', async () => {
    await makeSongs(current.storage, 9)
    const tags = Object.fromEntries(Array.from({ length: 500 }, (_, number) => [`tag ${number}`, 'x']))
    await commit(current.storage, 'songs', {
      readVersion: 9,
      actions: { adds: [file('part-10', { tags })] },
      commitInfo: { timestamp: 1_542_000_600_000, operation: 'WRITE', engineInfo: 'lake' },
    })
    await expect(read({ values: 511 })).rejects.toMatchObject(refused('512 values'))
    expect((await read({ values: 512 }))?.adds).toHaveLength(11)
  })

  it('counts as missing if it is too large: lake reads the commits instead; without them, only this table is unreadable', async () => {
    await makeSongs(current.storage, 10)
    const nothing = Array.from({ length: 2_000_001 }, () => null)
    const body = parquetWriteBuffer({ columnData: [{ name: 'txn', data: nothing, type: 'STRING' }] })
    expect(body.byteLength).toBeLessThan(100_000)
    writeFileSync(join(current.root, checkpoint), new Uint8Array(body))
    expect((await readSnapshot(current.storage, 'songs'))?.files.size).toBe(11)
    for (let version = 0; version < 10; version++) rmSync(join(current.root, logFile(version)))
    await expect(readSnapshot(current.storage, 'songs')).rejects.toMatchObject(refused('2000001 rows'))
  })

  it('makes only its table unreadable if a single file is too large', async () => {
    await makeSongs(current.storage, 10)
    truncateSync(join(current.root, checkpoint), 2 ** 30 + 1)
    expect((await readSnapshot(current.storage, 'songs'))?.files.size).toBe(11)
    rmSync(join(current.root, logFile(0)))
    await expect(readSnapshot(current.storage, 'songs')).rejects.toMatchObject({
      ...{ code: 'corrupt-table', asset: 'songs' },
      message: expect.stringContaining(`${checkpoint} has more than the 1073741824 bytes`),
    })
  })
})
