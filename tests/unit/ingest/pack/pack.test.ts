// How lake packs source files for engines.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { int, text } from '../../../../framework/declare/columns.ts'
import { type PackedBatch, type PackRequest, packFiles } from '../../../../framework/ingest/pack/pack.ts'
import { lineColumnsOf } from '../../../support/lines/declared.ts'
import { type Contents, listed, memoryStorage } from '../../../support/lines/memory-storage.ts'

const columns = lineColumnsOf({ a: text(), n: int().nullable() })
const LARGE = 2 ** 30

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pack-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

async function pack(contents: Contents, options: Partial<PackRequest> = {}): Promise<PackedBatch[]> {
  const request = {
    storage: memoryStorage(contents),
    files: listed(Object.keys(contents)),
    columns,
    directory,
    batchBytes: 2 ** 20,
  }
  const batches: PackedBatch[] = []
  for await (const batch of packFiles({ ...request, ...options })) batches.push(batch)
  return batches
}

function rowsOf(batches: readonly PackedBatch[]): unknown[] {
  return batches.flatMap(({ path }) => linesOf(path).map((line) => JSON.parse(line)))
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1)
}

describe('packing', () => {
  it('puts the rows of all files into one file, with source file and line, and copies lines of the fast path unchanged', async () => {
    const [batch, ...others] = await pack({
      'x/1.json': '{"a":"one", "u":[1]}\n\n{"a": "two" , "n": 2, "u": 3}',
      'x/é"2.json': '{"a":1.50}\n',
    })
    expect(others).toEqual([])
    const packed = [
      '{"_file":"x/1.json","_line":1,"a":"one","n":null}',
      '{"_file":"x/1.json","_line":3,"a": "two" , "n": 2, "u": 3}',
      '{"_file":"x/é\\"2.json","_line":1,"a":"1.50","n":null}',
    ]
    expect(linesOf(batch?.path ?? '')).toEqual(packed)
    expect(batch).toMatchObject({
      bytes: packed.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0),
      rows: 3,
      longestLine: packed[1]?.length,
      firstFile: 'x/1.json',
      lastFile: 'x/é"2.json',
      files: [
        { path: 'x/1.json', size: 51, etag: 'etag of x/1.json', lines: 2, rows: 2, rejected: 0 },
        { path: 'x/é"2.json', size: 11, etag: 'etag of x/é"2.json', lines: 1, rows: 1, rejected: 0 },
      ],
      rejects: [],
    })
  })

  it('records every refused line with its number among all lines', async () => {
    const [batch] = await pack({ 'x.json': '{"a":"x"}\n \n{"n":1}\nno\r\n{"a":"y"}' })
    expect(rowsOf(batch ? [batch] : [])).toMatchObject([{ _line: 1 }, { _line: 5 }])
    expect(batch?.rejects).toEqual([
      { file: 'x.json', line: 3, reason: 'a is missing', text: '{"n":1}' },
      { file: 'x.json', line: 4, reason: "not JSON: Unexpected token 'o'", text: 'no' },
    ])
    expect(batch?.files).toMatchObject([{ lines: 4, rows: 2, rejected: 2 }])
  })

  it('skips a byte order mark only at the start of a file', async () => {
    const [batch] = await pack({
      'x.json': '\ufeff{"a":"x"}\n\ufeff{"a":"y"}',
      'y.json': '\ufeff',
      'z.json': '\ufeff{"a":5}',
    })
    expect(rowsOf(batch ? [batch] : [])).toMatchObject([
      { _file: 'x.json', a: 'x' },
      { _file: 'z.json', a: '5' },
    ])
    expect(batch?.rejects).toMatchObject([{ line: 2, text: '\ufeff{"a":"y"}' }])
    expect(batch?.files).toMatchObject([{ lines: 2 }, { lines: 0 }, { lines: 1 }])
  })

  it('also ends a line at CRLF, without the carriage return', async () => {
    const [batch] = await pack({ 'x.json': '{"a":"x"}\r\n\r\n{"a":5}\r\n{"a":"y"}\r' })
    expect(readFileSync(batch?.path ?? '', 'utf8')).not.toContain('\r')
    expect(rowsOf(batch ? [batch] : [])).toMatchObject([{ _line: 1 }, { _line: 3 }, { _line: 4 }])
    expect(batch?.rejects).toEqual([])
    const [inside] = await pack(
      { 'x.json': '{"a":\r"x"}\r\r\n' },
      { directory: mkdtempSync(join(directory, 'inside-')) },
    )
    expect(inside).toMatchObject({ rows: 1, rejects: [] })
  })

  it('refuses a line that is not UTF-8, and keeps the lines around it', async () => {
    const bytes = Buffer.from('{"a":"é"}\n{"a":"e"}\n{"u":"é","a":"z"}', 'latin1')
    const [batch] = await pack({ 'x.json': bytes })
    expect(rowsOf(batch ? [batch] : [])).toEqual([{ _file: 'x.json', _line: 2, a: 'e', n: null }])
    expect(batch?.rejects).toEqual([
      { file: 'x.json', line: 1, reason: 'not UTF-8', text: '{"a":"\ufffd"}' },
      { file: 'x.json', line: 3, reason: 'not UTF-8', text: '{"u":"\ufffd","a":"z"}' },
    ])
  })

  it('cuts the text of a long refused line, but not inside of a character', async () => {
    const [batch] = await pack({ 'x.json': `[${'y'.repeat(65_534)}😀${'z'.repeat(300_000)}` })
    const [reject] = batch?.rejects ?? []
    expect(reject?.text).toBe(`[${'y'.repeat(65_534)}`)
    expect(reject?.reason).toMatch(/^not JSON.* \(text cut at 65,536 characters\)$/)
    const whole = `[${'😀'.repeat(32_767)}y`
    const [uncut] = await pack({ 'x.json': whole }, { directory: mkdtempSync(join(directory, 'uncut-')) })
    expect(uncut?.rejects[0]?.text).toBe(whole)
    expect(uncut?.rejects[0]?.reason).not.toContain('cut')
  })
})

describe('batches', () => {
  const row = (index: number) => `{"a":"row ${index}"}`
  const rows = Array.from({ length: 100 }, (_, index) => row(index))

  it('end when they are full, even within a file, and contain each row once and in order', async () => {
    const contents = { '1.json': rows.slice(0, 60).join('\n'), '2.json': '', '3.json': rows.slice(60).join('\n') }
    const batches = await pack(contents, { batchBytes: 500 })
    expect(batches.length).toBeGreaterThan(3)
    for (const { bytes } of batches) expect(bytes).toBeLessThan(1000 + 60)
    expect(rowsOf(batches)).toEqual(
      rows.map((line, i) => ({
        _file: i < 60 ? '1.json' : '3.json',
        _line: i < 60 ? i + 1 : i - 59,
        ...JSON.parse(line),
      })),
    )
    expect(batches.flatMap(({ files }) => files)).toMatchObject([{ rows: 60 }, { rows: 0, lines: 0 }, { rows: 40 }])
    expect(batches[0]).toMatchObject({ firstFile: '1.json', lastFile: '1.json', files: [] })
    expect(batches.at(-1)).toMatchObject({ lastFile: '3.json', files: [{ path: '3.json' }] })
    expect(batches.reduce((sum, batch) => sum + batch.rows, 0)).toBe(100)
  })

  it('report a file at whose end they are full, and no batch without rows follows', async () => {
    const batches = await pack({ '1.json': row(1), '2.json': row(2) }, { batchBytes: 1 })
    expect(batches).toMatchObject([
      { rows: 1, firstFile: '1.json', lastFile: '1.json', files: [{ path: '1.json' }] },
      { rows: 1, firstFile: '2.json', lastFile: '2.json', files: [{ path: '2.json' }] },
    ])
  })

  it('report files without rows; if there are no others, the only batch has no rows', async () => {
    const batches = await pack({ '1.json': '', '2.json': ' \n\n', '3.json': 'no' })
    expect(batches).toMatchObject([{ rows: 0, bytes: 0, longestLine: 0, firstFile: undefined, lastFile: undefined }])
    expect(batches[0]?.files).toMatchObject([{ lines: 0 }, { lines: 0 }, { lines: 1, rejected: 1 }])
    expect(readFileSync(batches[0]?.path ?? '', 'utf8')).toBe('')
  })

  it('do not exist if there are no files', async () => {
    expect(await pack({})).toEqual([])
  })

  it('end with a whole file if possible, so that the rows of the file are together', async () => {
    const rowsFor = (first: number) => Array.from({ length: 10 }, (_, index) => row(first + index)).join('\n')
    const contents = { '1.json': rowsFor(0), '2.json': rowsFor(10), '3.json': rowsFor(20), '4.json': rowsFor(30) }
    const batches = await pack(contents, { batchBytes: 15 * 40 })
    expect(batches.map(({ files }) => files.map(({ path }) => path))).toEqual([
      ['1.json', '2.json'],
      ['3.json', '4.json'],
    ])
  })

  it('are also filled by refused lines, because these are in memory', async () => {
    const batches = await pack({ '1.json': `${'bad line\n'.repeat(50)}${row(1)}` }, { batchBytes: 50 })
    expect(batches.length).toBe(4)
    expect(batches.flatMap(({ rejects }) => rejects.map(({ line }) => line))).toEqual(
      rows.slice(0, 50).map((_, i) => i + 1),
    )
    expect(batches.at(-1)).toMatchObject({ rows: 1, files: [{ lines: 51, rows: 1, rejected: 50 }] })
  })
})

describe('large files', () => {
  it('are streamed, with the same result as if lake read them at once', async () => {
    const lines = ['\ufeff{"a":"é😀"}', '', '{"a":5e0}\r', 'no', `{"a":"${'y'.repeat(5000)}"}`, '{"a":"last"}']
    const contents = { 'x.json': lines.join('\n') }
    const [read] = await pack(contents, { directory: mkdtempSync(join(directory, 'read-')) })
    for (const chunkBytes of [1, 3, 7, 1000, 100_000]) {
      const [streamed] = await pack(contents, {
        storage: memoryStorage(contents, chunkBytes),
        files: listed(['x.json'], LARGE),
        directory: mkdtempSync(join(directory, 'streamed-')),
      })
      expect({ ...streamed, path: '' }).toEqual({ ...read, path: '' })
      expect(linesOf(streamed?.path ?? '')).toEqual(linesOf(read?.path ?? ''))
    }
  })

  it('can have lines far longer than the write buffer', async () => {
    const long = 'y'.repeat(20 * 2 ** 20)
    const contents = { 'x.json': `{"a":"x"}\n{"a":"${long}"}\n{"a":"${long}","n":5.0}\n{"a":"z"}` }
    const batches = await pack(contents, {
      storage: memoryStorage(contents, 2 ** 20),
      files: listed(['x.json'], LARGE),
      batchBytes: LARGE,
    })
    expect(batches).toMatchObject([{ rows: 4, rejects: [], longestLine: long.length + 44 }])
    const lengths = rowsOf(batches).map((row) => (row as { a: string }).a.length)
    expect(lengths).toEqual([1, long.length, long.length, 1])
  })

  it('can have a line that is too long for any reader: lake refuses that line', async () => {
    const mebibyte = Buffer.alloc(2 ** 20, 'y')
    async function* chunks() {
      yield Buffer.from('{"a":"x"}\n{"a":"')
      for (let i = 0; i < 256; i++) yield mebibyte
      yield Buffer.from('"}\n{"a":"z"}')
    }
    const storage = {
      ...memoryStorage({}),
      stream: async (path: string) => ({ path, size: LARGE, etag: 'e', settled: true, chunks: chunks() }),
    }
    const [batch] = await pack({}, { storage, files: listed(['x.json'], LARGE) })
    expect(rowsOf(batch ? [batch] : [])).toMatchObject([{ _line: 1 }, { _line: 3 }])
    expect(batch?.rejects).toMatchObject([
      { line: 2, reason: 'longer than 256 MiB (text cut at 65,536 characters)', text: `{"a":"${'y'.repeat(65_530)}` },
    ])
  })
})

describe('a file that was deleted after it was listed', () => {
  it('ends the packing with an error and a remedy, whether lake would read or stream it', async () => {
    for (const size of [10, LARGE]) {
      const packing = pack({ 'b.json': '' }, { files: [...listed(['b.json']), ...listed(['x.json', 'y.json'], size)] })
      await expect(packing).rejects.toMatchObject({
        code: 'source-changed',
        message: expect.stringMatching(/^x\.json .*Run again\.$/),
      })
    }
  })
})

describe('reading ahead', () => {
  it('has many reads in progress, returns the files in order, and reports a failed read in its turn', async () => {
    let most = 0
    let underWay = 0
    const contents = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`f${String(i).padStart(3, '0')}`, `{"a":${i}}`]),
    )
    const inner = memoryStorage(contents)
    const read = async (path: string) => {
      underWay++
      most = Math.max(most, underWay)
      for (let turn = 0; turn < 200 - Number(path.slice(1)); turn++) await undefined
      underWay--
      if (path === 'f150') throw new Error('the read of f150 failed')
      return inner.read(path)
    }
    const request = {
      storage: { ...inner, read },
      files: listed(Object.keys(contents)),
      columns,
      directory,
      batchBytes: 1,
    }
    const seen: string[] = []
    const packing = (async () => {
      for await (const { files } of packFiles(request)) seen.push(...files.map(({ path }) => path))
    })()
    await expect(packing).rejects.toThrow('the read of f150 failed')
    // lake returns the rows that it packed before the failed read.
    expect(seen).toEqual(Object.keys(contents).slice(0, 150))
    expect(most).toBeGreaterThan(30)
    expect(most).toBeLessThan(70)
  })
})

describe('the directory of batches', () => {
  it('is never overwritten, and a failed write is an error with a remedy', async () => {
    await pack({ '1.json': '{"a":1}' })
    await expect(pack({ '1.json': '{"a":2}' })).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('Make room there and run again'),
    })
  })
})
