/** lake stores and reads a manifest without loss, even in the form of earlier versions. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NO_KEYS } from '../../../framework/ingest/keys/file-keys.ts'
import { Manifest } from '../../../framework/ingest/manifest.ts'
import type { ManifestEntry } from '../../../framework/ingest/manifest-entry.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'

const PATH = '_lake/sources/events/manifest-1.json.gz'

let directory: string
let lake: Storage
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lake-manifest-'))
  lake = localStorage(directory)
})
afterEach(() => rmSync(directory, { recursive: true }))

async function stored(content: Uint8Array): Promise<Manifest> {
  await lake.put(PATH, content)
  return Manifest.read(lake, PATH, 'events')
}

const asJson = (document: unknown) => stored(gzipSync(JSON.stringify(document)))

const drifted = { unknown: [{ name: 'k', rows: 2, example: '"v"' }], more: 1, bare: 3, absent: ['size'] }
const ENTRIES: readonly ManifestEntry[] = [
  { path: 'a-b/1.json', size: 1, etag: '1796093542346.123', rows: 1, rejected: 0, keys: NO_KEYS },
  { path: 'a/1.json', size: 2, etag: '"quoted"', rows: 5, rejected: 1, keys: drifted },
  { path: 'a/2.json', size: 2, etag: '', rows: 5, rejected: 1 },
  { path: 'b.json', size: 0, etag: '1', rows: 0, rejected: 0, keys: NO_KEYS },
]

const entriesOf = (manifest: Manifest) => [...manifest.entries()].sort((a, b) => (a.path < b.path ? -1 : 1))

describe('a manifest', () => {
  it('has the same entries after it is stored and read', async () => {
    expect(entriesOf(await stored(Manifest.of(ENTRIES).encode()))).toEqual(ENTRIES)
    expect(entriesOf(await stored(Manifest.empty.encode()))).toEqual([])
  })

  it('stores only one value for a column that has the same value in all files', () => {
    const same = ['x/1', 'x/2'].map((path) => ({ path, size: 250, etag: '7', rows: 1, rejected: 0, keys: NO_KEYS }))
    expect(JSON.parse(gunzipSync(Manifest.of(same).encode()).toString())).toEqual({
      format: 2,
      directories: [{ path: 'x/', names: '1/2', count: 2, sizes: 250, etags: 7, rows: 1, rejected: 0 }],
      keys: { names: [], examples: [], columns: [], files: 0 },
    })
  })

  it('can have the form of earlier versions, with one array for each column', async () => {
    const column = <Name extends keyof ManifestEntry>(name: Name) => ENTRIES.map((entry) => entry[name])
    const [path, size, etag, rows, rejected] = (['path', 'size', 'etag', 'rows', 'rejected'] as const).map(column)
    const keys = { names: ['k'], examples: ['"v"'], columns: ['size'], files: [0, [1, 3, [0], [0, 2]], null, 0] }
    expect(entriesOf(await asJson({ path, size, etag, rows, rejected, keys }))).toEqual(ENTRIES)
  })

  it('contains a file only if size and etag are the same', () => {
    const manifest = Manifest.of(ENTRIES)
    const holds = (path: string, size: number, etag: string) => manifest.holds({ path, size, etag })
    expect(holds('a/1.json', 2, '"quoted"')).toBe(true)
    expect(holds('a-b/1.json', 1, '1796093542346.123')).toBe(true)
    expect(holds('a-b/1.json', 1, '1796093542346.124')).toBe(false)
    expect(holds('a-b/1.json', 2, '1796093542346.123')).toBe(false)
    expect(holds('b.json', 0, '01')).toBe(false)
    expect(holds('c.json', 0, '1')).toBe(false)
  })

  it('gets new entries for replaced files, and keeps all others', () => {
    const changed = { path: 'a/1.json', size: 9, etag: '9', rows: 9, rejected: 0 }
    const added = { path: 'c/1.json', size: 1, etag: '1', rows: 1, rejected: 0 }
    const next = Manifest.of(ENTRIES).replacing(new Set(['a/1.json', 'b.json']), [changed, added])
    expect(entriesOf(next)).toEqual([ENTRIES[0], changed, ENTRIES[2], added])
    expect(next.counts()).toEqual({ lines: 17, rejected: 1 })
    expect(next.size).toBe(4)
    expect(Manifest.of(ENTRIES).differing(next)).toEqual(['a/1.json', 'a/2.json', 'b.json', 'c/1.json'])
  })

  const directoryOf = (fields: object) => ({
    format: 2,
    directories: [{ path: 'x/', names: 'a/b', count: 2, sizes: 1, etags: 1, rows: 1, rejected: 0, ...fields }],
  })

  it.each([
    ['is of a later format', { format: 3, directories: [] }],
    ['has no directories', { format: 2 }],
    ['counts other files than it names', directoryOf({ count: 3 })],
    ['has a short column', directoryOf({ sizes: [1] })],
    ['has a negative number of rows', directoryOf({ rows: -1 })],
    ['has an etag of another type', directoryOf({ etags: [1, null] })],
    ['has a directory without a slash', directoryOf({ path: 'x' })],
    [
      'has a directory twice',
      { format: 2, directories: [...directoryOf({}).directories, ...directoryOf({}).directories] },
    ],
    ['lacks a column', { path: ['a'], size: [1], etag: ['1'], rows: [1] }],
  ])('is not used if it %s', async (_, document) => {
    await expect(asJson(document)).rejects.toMatchObject({ code: 'corrupt-table' })
  })
})
