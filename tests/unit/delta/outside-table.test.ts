// Tables that other programs write: what lake reads of their logs, and what it refuses.
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isOutsideTable, readOutsideTable } from '../../../framework/delta/outside/outside-table.ts'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { temporaryStorage } from './example-table.ts'

const temporary = temporaryStorage()

const FIELD = { name: 'id', type: 'long', nullable: false, metadata: {} }
const mapped = (name: string, physicalName: string, id: number, type: unknown = 'long') => ({
  ...{ name, type, nullable: true },
  metadata: { 'delta.columnMapping.id': id, 'delta.columnMapping.physicalName': physicalName },
})
const metaData = (fields: readonly unknown[], changes = {}) => ({
  metaData: {
    ...{ id: 'a-table', format: { provider: 'parquet', options: {} }, partitionColumns: [], configuration: {} },
    schemaString: JSON.stringify({ type: 'struct', fields }),
    ...changes,
  },
})
const protocol = (readerFeatures?: readonly string[]) => ({
  protocol: readerFeatures
    ? { minReaderVersion: 3, minWriterVersion: 7, readerFeatures, writerFeatures: readerFeatures }
    : { minReaderVersion: 1, minWriterVersion: 2 },
})
const add = (path: string, changes = {}) => ({
  add: { path, partitionValues: {}, size: 10, modificationTime: 1, dataChange: true, ...changes },
})
const logPath = (name: string) => join(temporary.root, '_delta_log', name)
const lines = (actions: readonly object[]) => actions.map((action) => `${JSON.stringify(action)}\n`).join('')

function write(name: string, actions: readonly object[]): void {
  mkdirSync(join(temporary.root, '_delta_log', '_sidecars'), { recursive: true })
  writeFileSync(logPath(name), lines(actions))
}
const commit = (version: number) => `${String(version).padStart(20, '0')}.json`
const read = () => readOutsideTable(temporary.storage, 'plays')

describe('a Delta table of another program', () => {
  it('is read from the root of a storage, with types that no column of lake has', async () => {
    const tags = { type: 'map', keyType: 'string', valueType: 'binary', valueContainsNull: true }
    write(commit(0), [protocol(), metaData([FIELD, { ...FIELD, name: 'tags', type: tags }]), add('a%20b.parquet')])
    const { id, version, columns, files } = await read()
    expect({ id, version, paths: [...files.keys()] }).toEqual({ id: 'a-table', version: 0, paths: ['a b.parquet'] })
    expect(columns.map(({ type }) => type)).toEqual([
      { kind: 'plain', name: 'long' },
      { kind: 'map', key: { kind: 'plain', name: 'string' }, value: { kind: 'plain', name: 'binary' }, nullable: true },
    ])
    expect(await isOutsideTable(temporary.storage)).toBe(true)
  })

  it('is missing if its directory has no log', async () => {
    expect(await isOutsideTable(temporary.storage)).toBe(false)
    await expect(read()).rejects.toMatchObject({ code: 'source-missing', asset: 'plays' })
  })

  it.each([
    ['variantType', /its version 0 needs a table feature that lake does not read: variantType/],
    ['catalogManaged', /a table feature that lake does not read: catalogManaged/],
    ['somethingNew', /a table feature that lake does not read: somethingNew/],
  ])('is refused, with the name of the feature, if it has the feature %s', async (feature, message) => {
    write(commit(0), [protocol([feature, 'deletionVectors']), metaData([FIELD])])
    await expect(read()).rejects.toMatchObject({ code: 'source-unreadable', message: expect.stringMatching(message) })
  })

  it('is read if its other features matter only to writers', async () => {
    const known = ['columnMapping', 'timestampNtz', 'v2Checkpoint', 'typeWidening', 'vacuumProtocolCheck']
    write(commit(0), [protocol(known), metaData([FIELD])])
    expect((await read()).version).toBe(0)
    const later = { protocol: { minReaderVersion: 4, minWriterVersion: 8 } }
    write(commit(1), [later])
    await expect(read()).rejects.toThrow('its version 1 needs the reader version 4')
  })

  it.each([
    ['/elsewhere/a.parquet', 'is not in the table'],
    ['s3://bucket/a.parquet', 'is not in the table'],
    ['../a.parquet', 'is not in the table'],
  ])('is refused if a data file is at %s', async (path, message) => {
    write(commit(0), [protocol(), metaData([FIELD]), add(path)])
    await expect(read()).rejects.toMatchObject({ code: 'source-unreadable', message: expect.stringContaining(message) })
  })

  it('is refused if a deletion vector is at an absolute path', async () => {
    const deletionVector = {
      storageType: 'p',
      pathOrInlineDv: 'file:/v.bin',
      offset: 1,
      sizeInBytes: 9,
      cardinality: 1,
    }
    write(commit(0), [protocol(['deletionVectors']), metaData([FIELD]), add('a.parquet', { deletionVector })])
    await expect(read()).rejects.toThrow('a.parquet is at an absolute path')
  })

  it('is reported with the damaged file, but never with the advice to delete the table', async () => {
    write(commit(0), [protocol(), metaData([FIELD])])
    appendFileSync(logPath(commit(0)), '{"add": {"pa')
    const error = await read().catch(({ code, message }) => ({ code, message }))
    expect(error).toEqual({ code: 'source-unreadable', message: expect.stringContaining(logPath(commit(0))) })
    expect(error).toEqual({ code: 'source-unreadable', message: expect.not.stringContaining('delete') })
  })

  it('maps columns only if its protocol requires readers to do so', async () => {
    const fields = [mapped('id', 'col-1', 1), mapped('title', 'col-2', 2, 'string')]
    const mode = { configuration: { 'delta.columnMapping.mode': 'name' } }
    write(commit(0), [protocol(['columnMapping']), metaData(fields, mode)])
    expect(await read()).toMatchObject({
      mapping: 'name',
      columns: [
        { name: 'id', physicalName: 'col-1', id: 1 },
        { name: 'title', physicalName: 'col-2', id: 2 },
      ],
    })
    write(commit(1), [protocol()])
    expect(await read()).toMatchObject({
      mapping: 'none',
      columns: [{ physicalName: 'id' }, { physicalName: 'title' }],
    })
    write(commit(2), [protocol(['columnMapping']), metaData([FIELD], mode)])
    await expect(read()).rejects.toThrow('its column id has no id or no physical name')
  })
})

describe('a checkpoint of the second version (V2)', () => {
  const NAME = `${String(1).padStart(20, '0')}.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json`
  const sidecar = (path: string) => ({ sidecar: { path, sizeInBytes: 1, modificationTime: 1 } })

  /**
   * The log begins with the checkpoint of version 1, whose sidecar is a checkpoint that lake wrote.
   */
  async function writeLog(path: string): Promise<void> {
    const own = localStorage(temporary.root)
    const { writeCheckpoint } = await import('../../../framework/delta/checkpoint/checkpoint.ts')
    const { file, metadata } = await import('./example-table.ts')
    const actions = { adds: [file('year=2018/a.parquet'), file('b.parquet')], removes: [], transactions: [] }
    mkdirSync(join(temporary.root, '_delta_log', '_sidecars'), { recursive: true })
    await writeCheckpoint({ storage: own, table: '' }, 1, { ...actions, metadata })
    renameSync(logPath(`${String(1).padStart(20, '0')}.checkpoint.parquet`), logPath('_sidecars/part-1.parquet'))
    const top = [{ checkpointMetadata: { version: 1 } }, protocol(['v2Checkpoint']), metaData([FIELD]), sidecar(path)]
    write(NAME, top)
    write(commit(2), [{ remove: { path: 'b.parquet', deletionTimestamp: 1, dataChange: true } }])
  }

  it('has the files of its sidecars', async () => {
    await writeLog('part-1.parquet')
    const { version, files } = await read()
    expect({ version, paths: [...files.keys()] }).toEqual({ version: 2, paths: ['year=2018/a.parquet'] })
  })

  it('is refused if a sidecar is missing or elsewhere', async () => {
    await writeLog('part-2.parquet')
    await expect(read()).rejects.toThrow('a sidecar of the checkpoint')
    await writeLog('../../part-1.parquet')
    await expect(read()).rejects.toThrow('is no file name')
  })

  it('still makes a table of the lake unreadable', async () => {
    await writeLog('part-1.parquet')
    const parent = localStorage(join(temporary.root, '..'))
    const name = temporary.root.slice(temporary.root.lastIndexOf('/') + 1)
    await expect(readSnapshot(parent, name)).rejects.toMatchObject({ code: 'corrupt-table' })
  })
})
