// An interrupted read of a source keeps what it has read. The next run continues from there, and
// gives the same rows as an uninterrupted read.
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { bigint, defineSource, text } from 'lake'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readCommit } from '../../../framework/delta/log/log.ts'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { inputSql } from '../../../framework/engines/duckdb/sql.ts'
import type { AssetGraph } from '../../../framework/graph/asset-graph.ts'
import { Manifest } from '../../../framework/ingest/manifest.ts'
import { readRejects } from '../../../framework/ingest/rejects.ts'
import { knownProvenance } from '../../../framework/observe/provenance.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { type Reading, TestLake, type TestRun } from '../../support/lakes/test-lake.ts'
import { warnings } from '../../support/lakes/test-run.ts'
import { writeFiles } from '../../support/programs/lake-process.ts'

const source = defineSource({ key: 'lines', columns: { id: bigint(), name: text() }, maxRejected: 0.5 })
const graph = graphOf([source])
const FILES = 6

let lake: TestLake
beforeEach(() => {
  lake = new TestLake()
})
afterEach(() => lake.close())

/** The file `n` has n lines, and one more line that is refused. */
function write(to: TestLake, n: number, name = 'n'): void {
  const lines = Array.from({ length: n }, (_, at) => ({ id: n * 100 + at, name: `${name} ${at}` }))
  to.write(`lines/${n}.json`, [...lines, { id: 'no', name }])
}

function writeAll(to: TestLake): void {
  for (let n = 1; n <= FILES; n++) write(to, n)
}

interface Broken {
  readonly at: number
  readonly how: 'failed' | 'canceled'
  readonly full?: boolean
}

/** Interrupts the run at this file, after the run has packed the files before it. */
function breaking(to: TestLake, { at, how, full = false }: Broken): Promise<TestRun> {
  const controller = new AbortController()
  const reads: Promise<unknown>[] = []
  const reading: Reading = (files) => ({
    read: (path, mostBytes) => {
      const content = (path === `${at}.json` ? breakOff() : Promise.resolve()).then(() => files.read(path, mostBytes))
      reads.push(content)
      return content
    },
  })
  const breakOff = async () => {
    await Promise.all(reads)
    await nextTurn()
    if (how === 'failed') throw new Error(`${at}.json cannot be read`)
    controller.abort()
  }
  return to.run(graph, { full, signal: controller.signal, reading })
}

/** The files that the run reads from the source. */
async function readPaths(
  of: AssetGraph,
  full = false,
): Promise<{ readonly paths: readonly string[]; readonly run: TestRun }> {
  const paths: string[] = []
  const run = await lake.run(of, {
    full,
    reading: (files) => ({
      read: (path, mostBytes) => {
        paths.push(path)
        return files.read(path, mostBytes)
      },
    }),
  })
  expect(run.result.status).toBe('succeeded')
  return { paths, run }
}

const kept = ({ events }: TestRun) =>
  events.flatMap((event) => (event.type === 'step-finished' && event.kept ? [event.kept] : []))

/** The complete content of a source version: rows, files, refused lines. */
async function content(of: TestLake) {
  const snapshot = await readSnapshot(of.lake, 'lines')
  const commit = await readCommit(of.lake, 'lines', snapshot?.version ?? -1)
  const provenance = knownProvenance(commit?.commitInfo.lake)
  const files = [...(snapshot?.files.values() ?? [])].map(({ path }) => of.lake.locate(`lines/${path}`))
  const session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 1 }, of.directory)
  try {
    const rows = await session.withConnection((db) =>
      db.plainRows(
        `SELECT _file, _line, id, left(name, 20) || md5(name) AS name FROM ${inputSql({ columns: graph.get('lines').columns, files })} ORDER BY _file, _line`,
      ),
    )
    const state = provenance?.source
    return {
      rows: JSON.stringify(rows),
      ...{ fingerprint: provenance?.content, lines: state?.lines, rejected: state?.rejected },
      manifest: [...(await Manifest.read(of.lake, state?.manifest ?? '', 'lines')).entries()],
      rejects: await readRejects(of.lake, state?.rejects ?? '', 'lines'),
    }
  } finally {
    session.close()
  }
}

const begun = () => join(lake.directory, 'lake/_lake/sources/lines/begun')
const begunFiles = () => {
  try {
    return readdirSync(begun(), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  } catch {
    return []
  }
}

it.each(['failed', 'canceled'] as const)(
  'a read that was %s at any of its files gives the same rows as an uninterrupted one',
  async (how) => {
    const whole = new TestLake()
    try {
      writeAll(whole)
      await whole.run(graph)
      const expected = await content(whole)
      for (let at = 2; at <= FILES; at++) {
        lake.close()
        lake = new TestLake()
        writeAll(lake)
        const broken = await breaking(lake, { at, how })
        expect(broken.result.status).toBe(how)
        expect(kept(broken)).toEqual([{ files: at - 1, of: FILES }])
        const { paths } = await readPaths(graph)
        expect(paths).toHaveLength(FILES - at + 1)
        expect(await content(lake)).toEqual(expected)
        expect(begunFiles()).toEqual([])
      }
    } finally {
      whole.close()
    }
  },
)

it('a second interruption keeps its own files and those of the first interruption', async () => {
  writeAll(lake)
  await breaking(lake, { at: 3, how: 'failed' })
  expect(kept(await breaking(lake, { at: 5, how: 'failed' }))).toEqual([{ files: 4, of: FILES }])
  expect(kept(await breaking(lake, { at: 5, how: 'failed' }))).toEqual([{ files: 4, of: FILES }])
  expect((await readPaths(graph)).paths).toEqual(['5.json', '6.json'])
})

it('lake reads files again that were changed, removed or added after the interruption', async () => {
  writeAll(lake)
  await breaking(lake, { at: 6, how: 'failed' })
  write(lake, 2, 'changed')
  lake.remove('lines/3.json')
  write(lake, 7)
  expect((await readPaths(graph)).paths).toEqual(['2.json', '6.json', '7.json'])
  const { rows } = await content(lake)
  const ids = (JSON.parse(rows) as { _file: string; name: string }[]).map(({ _file, name }) => `${_file} ${name[0]}`)
  expect([...new Set(ids)]).toEqual(['1.json n', '2.json c', '4.json n', '5.json n', '6.json n', '7.json n'])
  expect(ids).toHaveLength(1 + 2 + 4 + 5 + 6 + 7)
})

it('an interrupted read of an existing table keeps only new rows, and a returned file with the same content does not use them', async () => {
  writeAll(lake)
  await lake.run(graph)
  const before = await content(lake)
  const seconds = lake.timeOf('lines/2.json')
  write(lake, 2, 'changed')
  write(lake, 7)
  expect(kept(await breaking(lake, { at: 7, how: 'failed' }))).toEqual([{ files: 1, of: 2 }])
  write(lake, 2)
  lake.setTime('lines/2.json', seconds)
  lake.remove('lines/7.json')
  write(lake, 8)
  expect((await readPaths(graph)).paths).toEqual(['8.json'])
  lake.remove('lines/8.json')
  await lake.run(graph)
  expect(await content(lake)).toEqual(before)
})

it('changed code and --full read every file again', async () => {
  writeAll(lake)
  await breaking(lake, { at: 6, how: 'failed' })
  const other = graphOf([
    defineSource({ key: 'lines', columns: { id: bigint(), name: text().nullable() }, maxRejected: 0.5 }),
  ])
  expect((await readPaths(other)).paths).toHaveLength(FILES)
  expect(begunFiles()).toEqual([])
  expect(kept(await breaking(lake, { at: 6, how: 'failed', full: true }))).toEqual([{ files: 5, of: FILES }])
  expect((await readPaths(graph, true)).paths).toHaveLength(FILES)
})

/** Number of lines, each of half a MiB. */
const long = (n: number, lines: number) =>
  Array.from({ length: lines }, (_, at) => ({
    id: n * 100 + at,
    name: String.fromCharCode(97 + (at % 26)).repeat(2 ** 19),
  }))

/**
 * A batch ends with the first line that makes it 32 MiB, or with the first file that makes it 8
 * MiB. So the first batch is a file, and the second batch ends within the next file.
 */
function writeBatches(to: TestLake): void {
  for (const [index, lines] of [34, 70, 18].entries())
    to.write(`lines/${index + 1}.json`, [...long(index + 1, lines), { id: 'no' }])
}

describe('a read of several batches, with one file that is split between two of them', () => {
  let uninterrupted: Awaited<ReturnType<typeof content>>
  beforeAll(async () => {
    const whole = new TestLake()
    try {
      writeBatches(whole)
      await whole.run(graph)
      uninterrupted = await content(whole)
    } finally {
      whole.close()
    }
  })

  it.each([
    { cut: '1.json', files: 0 },
    { cut: '2.json', files: 1 },
    { cut: '3.json', files: 2 },
  ])('keeps $files of 3 files if it is interrupted within $cut', async ({ cut, files }) => {
    writeBatches(lake)
    const broken = await lake.run(graph, { reading: cutting(cut) })
    expect(broken.result.status).toBe('failed')
    expect(kept(broken)).toEqual(files === 0 ? [] : [{ files, of: 3 }])
    const streamed = new Set<string>()
    const reading: Reading = (from) => ({
      stream: (path) => {
        streamed.add(path)
        return from.stream(path)
      },
    })
    await lake.run(graph, { reading })
    expect(streamed.size).toBe(3 - files)
    expect(await content(lake)).toEqual(uninterrupted)
  })
})

/** Makes the reading fail shortly before the end of the file. */
const cutting =
  (name: string): Reading =>
  (files) => ({
    stream: async (path) => {
      const opened = await files.stream(path)
      return opened && path === name ? { ...opened, chunks: cutShort(opened.chunks, opened.size - 2 ** 20) } : opened
    },
  })

async function* cutShort(chunks: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let left = bytes
  for await (const chunk of chunks) {
    left -= chunk.length
    if (left < 0) throw new Error('the connection was reset')
    yield chunk
  }
}

const damages: Readonly<Record<string, () => void | Promise<void>>> = {
  'a document that is none': () => writeFileSync(join(begun(), 'begun.json'), '{'),
  'a document whose id leads elsewhere': () => changeNote({ id: '../../../../lines' }),
  'a document that counts other data files': () => changeNote({ sizes: [1, 2, 3] }),
  'a document that hides the refused lines': () => changeNote({ hasRejects: false }),
  'a cut data file': () => truncateSync(fileOf('.parquet'), 10),
  'a data file of the same size with other bytes': () => {
    const file = fileOf('.parquet')
    writeFileSync(file, Buffer.alloc(readFileSync(file).length, 7))
  },
  'a damaged manifest': () => writeFileSync(fileOf('manifest.json.gz'), 'no'),
  'a manifest that counts another number of rows': async () => {
    const path = relative(join(lake.directory, 'lake'), fileOf('manifest.json.gz'))
    const manifest = await Manifest.read(lake.lake, path, 'lines')
    const counted = [...manifest.entries()].map((entry) => ({ ...entry, rows: entry.rows + 1 }))
    writeFileSync(fileOf('manifest.json.gz'), Manifest.of(counted).encode())
  },
  'a manifest of other files': () => {
    const entries = [1, 2].map((n) => ({ path: `${n}.json`, size: 1, etag: 'e', rows: n, rejected: 1 }))
    writeFileSync(fileOf('manifest.json.gz'), Manifest.of(entries).encode())
  },
}

function fileOf(end: string): string {
  const found = begunFiles().find(({ name }) => name.endsWith(end))
  return join(found?.parentPath ?? '', found?.name ?? '')
}

function changeNote(change: object): void {
  const file = join(begun(), 'begun.json')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }))
}

it.each(Object.keys(damages))('lake reads the files again after %s', async (name) => {
  writeAll(lake)
  writeFiles(lake.directory, { 'lines/0.parquet': 'not the lake’s' })
  await breaking(lake, { at: 5, how: 'failed' })
  await damages[name]?.()
  const { paths, run } = await readPaths(graph)
  expect(paths).toHaveLength(FILES)
  expect(warnings(run).filter((message) => message.includes('read anew'))).toHaveLength(
    name === 'a manifest of other files' ? 0 : 1,
  )
  expect((await content(lake)).lines).toBe(1 + 2 + 3 + 4 + 5 + 6 + FILES)
  expect(readFileSync(join(lake.directory, 'lines/0.parquet'), 'utf8')).toBe('not the lake’s')
  expect(begunFiles()).toEqual([])
})
