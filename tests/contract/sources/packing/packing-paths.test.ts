// Lines reach a source's table in several ways: packed or in their own files, on this thread or on
// several. All ways give the same rows.
import { appendFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bigint, date, decimal, emptyAsNull, text, timestamp } from 'lake'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { double } from '../../../../framework/declare/columns.ts'
import type { PackedBatch } from '../../../../framework/ingest/pack/pack.ts'
import { columnsWithPlace, SourceReader, type Way, writtenFiles } from '../../../support/engines/read-source.ts'

const schemas = { id: bigint(), name: text(), size: double().nullable(), note: emptyAsNull() }
const defaultColumns = columnsWithPlace(schemas)
const MIB = 2 ** 20

let reader: SourceReader
beforeAll(async () => {
  reader = await SourceReader.open()
})
afterAll(() => reader.close())

type Files = Readonly<Record<string, string | Uint8Array>>

const read = (root: string, way: Omit<Way, 'columns'> & Partial<Pick<Way, 'columns'>>) =>
  reader.read(root, { columns: defaultColumns, ...way })

/** A line for each number. The lengths of the lines differ. */
const line = (id: number) =>
  `{"id":${id},"name":"${'é\\u00e9'.repeat(id % 7)} ${id}","size":${id / 8},"other":null,"note":"n"}`
const lines = (from: number, count: number) => Array.from({ length: count }, (_, at) => line(from + at))
const LINES = 16_000

/**
 * Most files have a MiB. The engine can read the plain files in place, under any name. Each other
 * file has one property that prevents that.
 */
const FILES: Files = {
  "plain/a*b[1]?'é.json": `${lines(1, LINES).join('\n')}\n`,
  'plain/packed.json.gz': lines(2, LINES).join('\n'),
  'plain/year=2019/id=7/c.json': `${lines(3, LINES).join('\n')}\n`,
  'plain/d.csv': `${lines(4, LINES).join('\n')}\n`,
  'tiny/e.json': `${line(5)}\n`,
  'not/blank.json': `${lines(6, LINES).join('\n')}\n\n${line(6)}\n`,
  'not/bom.json': `\ufeff${lines(7, LINES).join('\n')}`,
  'not/crlf.json': lines(8, LINES).join('\r\n'),
  'plain/empty-is-null.json': `${lines(9, LINES).join('\n')}\n{"id":9,"name":"x","note":""}\n`,
  'not/one-crlf.json': `${lines(10, LINES).join('\n')}\r\n`,
  'not/refused.json': `${lines(11, LINES).join('\n')}\n{"id":"no"}\n${line(11)}\n{"id":1.5,"name":"x"}`,
  'not/spaces.json': `${lines(12, LINES).join('\n')}\n   ${line(12)}\n`,
  'not/utf8.json': Buffer.concat([Buffer.from(`${lines(13, LINES).join('\n')}\n`), Buffer.from([0x22, 0xff, 0x0a])]),
}
const PLAIN = Object.keys(FILES).filter((path) => path.startsWith('plain/')).length

describe('the rows, refused lines and files of a source', () => {
  it('are the same whether lines are packed or stay in their files, on one thread or on several', async () => {
    const root = writtenFiles(FILES)
    const expected = await read(root, { inPlace: false, threads: 0 })
    expect(expected).toMatchObject({ error: undefined, plain: 0 })
    expect(expected.read.map(({ path, rows, rejected }) => [path, rows, rejected])).toEqual(
      Object.keys(FILES)
        .toSorted()
        .map((path) => [
          path,
          path.startsWith('tiny') ? 1 : LINES + (/blank|refused|spaces|is-null/.test(path) ? 1 : 0),
          path.includes('refused') ? 2 : path.includes('utf8') ? 1 : 0,
        ]),
    )
    expect(expected.rows).toHaveLength(expected.read.reduce((sum, { rows }) => sum + rows, 0))
    for (const way of [
      { inPlace: true, threads: 0 },
      { inPlace: false, threads: 1 },
      { inPlace: true, threads: 1 },
      { inPlace: true, threads: 3 },
      { inPlace: true, threads: 2, batchBytes: 4 * MIB },
    ]) {
      const { plain, ...same } = await read(root, way)
      expect(same).toEqual({ rows: expected.rows, read: expected.read, rejects: expected.rejects, error: undefined })
      expect(plain).toBe(way.inPlace ? PLAIN : 0)
    }
  })

  it('are the same on the fast path as on the slow path, even for decimals that are numbers, dates and times', async () => {
    const digits = (id: number, count: number) => String(Math.imul(id, 0x9e3779b1) >>> 0).slice(-count)
    const typed = (id: number) => {
      const whole = Number(digits(id, 1 + (id % 9)))
      const amount = `${id % 3 === 0 && whole > 0 ? '-' : ''}${whole}.${digits(id * 7, 1 + (id % 5))}`
      const day = new Date((id % 365) * 86_400_000).toISOString()
      const members = [
        `"amount":${id % 4 === 0 ? whole : id % 4 === 1 ? `"${amount}00"` : amount}`,
        `"small":0.${'0'.repeat(id % 4)}${1 + (id % 9)}${digits(id * 3, 1 + (id % 8))}`,
        `"day":"${day.slice(0, 10)}","at":"${day.slice(0, 19)}${id % 2 ? `.${digits(id, 1 + (id % 6))}Z` : '+05:30'}"`,
      ]
      return `{${members.join(',')},"padding":"${'x'.repeat(40)}"}`
    }
    const all = Array.from({ length: 12_000 }, (_, id) => typed(id))
    const root = writtenFiles({ 'fast.json': all.join('\n'), 'slow.json': all.map((one) => ` ${one}`).join('\n') })
    const types = { amount: decimal(38, 10), small: decimal(15, 15), day: date(), at: timestamp() }
    const { rows, plain, error } = await read(root, { inPlace: true, threads: 0, columns: columnsWithPlace(types) })
    expect(error).toBeUndefined()
    expect(plain, 'of the two files, lake packs the slow one').toBe(1)
    const values = (file: string) => rows.filter(({ _file }) => _file === file).map((row) => ({ ...row, _file: '' }))
    expect(values('fast.json')).toHaveLength(all.length)
    expect(values('fast.json')).toEqual(values('slow.json'))
  })

  it('have the right line numbers in a file that fills many pieces and row groups', async () => {
    const count = 400_000
    const content = Array.from({ length: count }, (_, at) => `{"id":${at + 1},"name":"${'x'.repeat(at % 40)}"}\n`)
    const root = writtenFiles({ 'large.json': content.join('') })
    const { rows, plain } = await read(root, { inPlace: true, threads: 0, batchBytes: 16 * MIB })
    expect(statSync(join(root, 'large.json')).size).toBeGreaterThan(12 * MIB)
    expect(plain).toBe(1)
    expect(rows).toHaveLength(count)
    expect(rows.filter(({ id, _line }) => id !== _line)).toEqual([])
  })
})

describe('a plain file that changes after its validation and before its loading', () => {
  const content = `${lines(1, LINES).join('\n')}\n`
  const changes: Readonly<Record<string, (path: string) => void>> = {
    'got more lines': (path) => appendFileSync(path, `${line(7)}\n{"id":"no"}\n`),
    'was cut': (path) => truncateSync(path, 1000),
    'was written anew with the same size and time': (path) => {
      // On its own, DuckDB would turn this line into a row with the id 12.
      writeFileSync(path, content.replace('"id":1234,', '"id":12.4,'))
      utimesSync(path, 1_500_000_000, 1_500_000_000)
    },
  }

  it.each(Object.keys(changes))('has the rows of its new content if it %s', async (name) => {
    const root = writtenFiles({ 'a.json': content, 'b.json': content, 'c.json': `{"id":"no"}\n${line(1)}` })
    const change = (batch: PackedBatch) => {
      if (batch.plain.some(({ path }) => path === 'b.json')) changes[name]?.(join(root, 'b.json'))
    }
    const { error, ...changed } = await read(root, { inPlace: true, threads: 0, batchBytes: 8 * MIB, packed: change })
    expect(error).toBeUndefined()
    expect(changed.plain).toBe(2)
    const settled = await read(root, { inPlace: false, threads: 0 })
    expect(changed.rows).toEqual(settled.rows)
    expect(byFile(changed.rejects)).toEqual(byFile(settled.rejects))
    expect(
      changed.read.map(({ path, size, rows, rejected }) => ({ path, size, rows, rejected })).toSorted(byPath),
    ).toEqual(settled.read.map(({ path, size, rows, rejected }) => ({ path, size, rows, rejected })))
  })

  it('makes the read fail if it is removed', async () => {
    const root = writtenFiles({ 'a.json': content })
    const { error, rows } = await read(root, { inPlace: true, threads: 0, packed: () => rmSync(join(root, 'a.json')) })
    expect(error).toMatchObject({ code: 'source-changed' })
    expect(rows).toEqual([])
  })
})

const byPath = (one: { readonly path: string }, other: { readonly path: string }) => (one.path < other.path ? -1 : 1)
const byFile = <Reject extends { readonly file: string; readonly line: number }>(rejects: readonly Reject[]) =>
  rejects.toSorted((one, other) => (one.file === other.file ? one.line - other.line : one.file < other.file ? -1 : 1))

describe('packing on several threads', () => {
  const several = Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [`${String(at).padStart(2, '0')}.json`, `${lines(at, LINES).join('\n')}\n`]),
  )

  /** Expects that every file that counts as read has all of its rows. */
  function expectWholeFiles({ rows, read: entries }: Awaited<ReturnType<typeof read>>): void {
    const counts = new Map<unknown, number>()
    for (const { _file } of rows) counts.set(_file, (counts.get(_file) ?? 0) + 1)
    expect(entries.map(({ path }) => [path, counts.get(path)])).toEqual(entries.map(({ path }) => [path, LINES]))
  }

  it('reports why it cannot read a file, and keeps what the threads have read', async () => {
    const root = writtenFiles(several)
    const removeLater = () => rmSync(join(root, '09.json'), { force: true })
    const result = await read(root, { inPlace: false, threads: 2, packed: removeLater })
    expect(result.error).toMatchObject({ code: 'source-changed', message: expect.stringContaining('09.json') })
    expect(result.read.length).toBeGreaterThan(0)
    expect(result.read.map(({ path }) => path)).not.toContain('09.json')
    expectWholeFiles(result)
  })

  it('ends when the signal is aborted, and keeps what the threads have read', async () => {
    const controller = new AbortController()
    const abort = () => controller.abort()
    const result = await read(writtenFiles(several), {
      ...{ inPlace: true, threads: 2, signal: controller.signal, packed: abort },
    })
    expect(result.error).toMatchObject({ name: 'AbortError' })
    expect(result.read.length).toBeGreaterThan(0)
    expect(result.read.length).toBeLessThan(12)
    expectWholeFiles(result)
  })
})
