/**
 * The Parquet files of one source differ in columns, change while lake reads them, and are damaged.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { array, bigint, double, int, text } from 'lake'
import { describe, expect, it } from 'vitest'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'
import { bench, ingestOnce, program, rowsIn, setUpParquet, writeAll } from '../../support/engines/parquet-ingest.ts'

setUpParquet()

describe.runIf(program)('Parquet files of one source', () => {
  const declared = {
    columns: {
      id: bigint(),
      fee: double().nullable(),
      agent: text().from('user-agent').nullable(),
      city: text().from('$.home.address.city').nullable(),
      year: int().fromPath('year'),
    },
  }

  it('can each have other columns and types, and their rows are numbered in each file', async () => {
    const used = bench()
    const root = used.directory()
    const home = "pa.struct([('address', pa.struct([('City', pa.string()), ('city', pa.string())]))])"
    await writeAll(root, {
      'year=2018/a': {
        types: { id: 'pa.int64()', fee: 'pa.int32()', home, extra: 'pa.list_(pa.int8())' },
        rows: [
          { id: 1, fee: 5, home: { address: { City: 'no', city: 'Rome' } }, extra: [1] },
          { id: null, fee: 5, home: null, extra: null },
          { id: 3, fee: null, home: null, extra: null },
        ],
        write: { row_group_size: 1 },
      },
      "year=2019/b [1]* 'x'?": {
        types: { 'user-agent': 'pa.string()', fee: 'pa.float64()', id: 'pa.int16()' },
        rows: [{ 'user-agent': 'curl', fee: 0.5, id: 4 }],
      },
      'year=2019/c': { types: { ID: 'pa.int64()', fee: 'pa.float64()' }, rows: [{ ID: 1, fee: 1 }] },
      'year=2019/empty': { types: { other: 'pa.string()' }, rows: [] },
      'year=20x/d': { types: { id: 'pa.int64()' }, rows: [{ id: 1 }] },
    })
    const { files, full, read } = await ingestOnce(used, root, declared)
    const nothing = { fee: null, agent: null, city: null }
    expect(await rowsIn(files)).toEqual([
      { ...nothing, id: '1', fee: 5, city: 'Rome', year: 2018, _file: 'year=2018/a', _line: '1' },
      { ...nothing, id: '3', year: 2018, _file: 'year=2018/a', _line: '3' },
      { ...nothing, id: '4', fee: 0.5, agent: 'curl', year: 2019, _file: "year=2019/b [1]* 'x'?", _line: '1' },
    ])
    expect(full).toEqual([
      {
        ...{ file: 'year=2019/c', line: 0, text: '' },
        reason: 'id is missing: the file has no column id: it has ID, which differs in case',
      },
      {
        ...{ file: 'year=20x/d', line: 0, text: '' },
        reason: 'year: expected an integer, got "20x", from the path of the file',
      },
      { file: 'year=2018/a', line: 2, reason: 'id is null', text: '{"id":null,"fee":5,"home":null}' },
    ])
    expect(read.map(({ path, rows, rejected, keys }) => [path, rows, rejected, keys])).toEqual([
      [
        ...['year=2018/a', 2, 1],
        {
          ...{ unknown: [{ name: 'extra', rows: 2, example: 'an array' }], more: 0, bare: 0 },
          absent: ['agent'],
        },
      ],
      ["year=2019/b [1]* 'x'?", 1, 0, { unknown: [], more: 0, bare: 0, absent: ['city'] }],
      ['year=2019/c', 0, 1, { unknown: [], more: 0, bare: 0, absent: [] }],
      ['year=2019/empty', 0, 0, { unknown: [], more: 0, bare: 0, absent: [] }],
      ['year=20x/d', 0, 1, { unknown: [], more: 0, bare: 0, absent: [] }],
    ])
  })

  it('are refused if they have a column that the source does not take, and the source refuses unknown keys', async () => {
    const used = bench()
    const root = used.directory()
    await writeAll(root, { f: { types: { id: 'pa.int64()', more: 'pa.bool_()' }, rows: [{ id: 1, more: true }] } })
    const columns = { id: bigint() }
    expect((await ingestOnce(used, root, { columns, unknownKeys: 'reject' })).rejects).toEqual(['0: unknown key: more'])
    expect((await ingestOnce(used, root, { columns, unknownKeys: 'ignore' })).read).toEqual([
      expect.not.objectContaining({ keys: expect.anything() }),
    ])
  })

  it('give only one reject if none of their many rows fits', async () => {
    const used = bench()
    const root = used.directory()
    const rows = Array.from({ length: 1_500 }, (_, index) => ({ id: index }))
    await writeAll(root, { f: { types: { id: 'pa.int64()' }, rows } })
    const { rejects } = await ingestOnce(used, root, { columns: { id: int().min(1_000_000) } })
    expect(rejects).toEqual(['0: none of its 1500 rows fits: id: expected >= 1000000, got 0 (row 1)'])
  })

  it('are read again if they change while they are read', async () => {
    const used = bench()
    const root = used.directory()
    const types = { id: 'pa.int64()' }
    const written = (ids: readonly number[], more = '') => ({
      ...{ types: { ...types, more: 'pa.string()' }, rows: ids.map((id) => ({ id, more })) },
    })
    await writeAll(root, { changing: written([1, 2]), other: written([3]) })
    const storage = localStorage(root)
    let isChanged = false
    const changing: Storage = {
      ...storage,
      // The file changes between its listing and its reading by the engine.
      stream: async (path) => {
        const opened = await storage.stream(path)
        if (path === 'other' && !isChanged) {
          isChanged = true
          await writeAll(root, { changing: written([7, 8, 9], 'x'.repeat(500)) })
        }
        return opened
      },
    }
    const { files, read } = await ingestOnce(used, root, { columns: { id: bigint() } }, changing)
    expect((await rowsIn(files)).map(({ id }) => id)).toEqual(['7', '8', '9', '3'])
    expect(read.map(({ rows }) => rows)).toEqual([3, 1])
    // The recorded size and etag belong to the content that was read.
    expect(read.map(({ size }) => size)).toEqual((await storage.list('')).map(({ size }) => size))
  })

  it('lose no row if one of them is damaged; the damaged file gives no row', async () => {
    const used = bench()
    const root = used.directory()
    const rows = Array.from({ length: 300 }, (_, index) => ({
      id: index,
      name: `name ${index % 7}`,
      list: [index, null],
    }))
    const types = { id: 'pa.int64()', name: 'pa.string()', list: 'pa.list_(pa.int32())' }
    await writeAll(root, { good: { types, rows, write: { row_group_size: 100 } } })
    const good = readFileSync(join(root, 'good'))
    // Damages every 97th byte of the file in turn, even in the footer.
    for (let at = 1; at < good.length; at += 97) {
      const damaged = Buffer.from(good)
      damaged[at] = (good[at] ?? 0) ^ 0xff
      writeFileSync(join(root, `damaged-${at}`), damaged)
    }
    const columns = { id: bigint(), name: text(), list: array(int().nullable()) }
    const { files, full, read } = await ingestOnce(used, root, { columns })
    expect(read.find(({ path }) => path === 'good')).toMatchObject({ rows: 300, rejected: 0 })
    expect(full.length).toBeGreaterThan(10)
    for (const { path, rows: kept, rejected } of read) {
      const own = full.filter(({ file }) => file === path)
      expect([kept, rejected, own.map(({ line }) => line)]).toEqual(own.length === 0 ? [300, 0, []] : [0, 1, [0]])
    }
    const written = files.reduce((sum, { stats }) => sum + stats.rows, 0)
    expect(written).toBe(read.reduce((sum, entry) => sum + entry.rows, 0))
  })
})
