// The behaviour that all storages share, local and on S3.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'
import type { S3Server } from '../../support/s3/s3-server.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

interface Adapter {
  readonly name: string
  /** A storage whose root, a directory or a prefix, does not exist yet. */
  open(): Storage
  close(): Promise<void>
}

function localAdapter(): Adapter {
  const directory = mkdtempSync(join(tmpdir(), 'lake-storage-'))
  let roots = 0
  return {
    name: 'local',
    open: () => localStorage(join(directory, `root-${roots++}`)),
    close: async () => rmSync(directory, { recursive: true }),
  }
}

async function s3Adapter(server: S3Server): Promise<Adapter> {
  const cache = mkdtempSync(join(tmpdir(), 'lake-cache-'))
  Object.assign(process.env, server.env, { XDG_CACHE_HOME: cache })
  const bucket = await server.bucket()
  let roots = 0
  return {
    name: 's3',
    open: () => openStorage(`s3://${bucket}/lakes/root-${roots++}`),
    close: async () => {
      await server.stop()
      rmSync(cache, { recursive: true })
    },
  }
}

const server = await sharedS3Server()
const adapters = [localAdapter(), ...(server ? [await s3Adapter(server)] : [])]

const text = (body: Uint8Array | undefined): string => Buffer.from(body ?? []).toString()

async function all(chunks: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const collected: Uint8Array[] = []
  for await (const chunk of chunks) collected.push(chunk)
  return collected
}

describe.each(adapters)('storage: $name', (adapter) => {
  it('is empty before the first write', async () => {
    const storage = adapter.open()
    expect(await storage.list('')).toEqual([])
    expect(await storage.list('no/such')).toEqual([])
    expect(await storage.names('no/such')).toEqual([])
    expect(await storage.read('no/such/file')).toBeUndefined()
    expect(await storage.stream('no/such/file')).toBeUndefined()
  })

  it('exists once it holds a file', async () => {
    const storage = adapter.open()
    await storage.put('a', 'x')
    expect(await storage.exists()).toBe(true)
  })

  it('reads back what was put, with the size and etag that list gives', async () => {
    const storage = adapter.open()
    await storage.put('a/b/c.txt', 'zażółć')
    await storage.put('bytes', new Uint8Array([0, 255, 10]))
    const [listed] = await storage.list('a')
    const content = await storage.read('a/b/c.txt')
    expect(content).toMatchObject({ ...listed })
    expect(text(content?.body)).toBe('zażółć')
    expect(content?.size).toBe(10)
    expect([...((await storage.read('bytes'))?.body ?? [])]).toEqual([0, 255, 10])
  })

  it('replaces a file with put, and its size and etag change', async () => {
    const storage = adapter.open()
    await storage.put('a', 'one')
    const before = await storage.read('a')
    await storage.put('a', 'second')
    const after = await storage.read('a')
    expect(text(after?.body)).toBe('second')
    expect([after?.size, after?.etag]).not.toEqual([before?.size, before?.etag])
  })

  it('holds empty files', async () => {
    const storage = adapter.open()
    await storage.put('empty', '')
    expect((await storage.read('empty'))?.size).toBe(0)
    const stream = await storage.stream('empty')
    expect(stream && (await all(stream.chunks))).toEqual([])
    expect(await storage.list('')).toMatchObject([{ path: 'empty', size: 0 }])
  })

  it('does not replace a file with putIfAbsent', async () => {
    const storage = adapter.open()
    expect(await storage.putIfAbsent('log/0.json', 'first')).toBe('created')
    expect(await storage.putIfAbsent('log/0.json', 'second')).toBe('exists')
    expect(text((await storage.read('log/0.json'))?.body)).toBe('first')
  })

  it('lets one of 20 writers create a name, and holds what that writer wrote', async () => {
    const storage = adapter.open()
    for (let round = 0; round < 20; round++) {
      const bodies = Array.from({ length: 20 }, (_, writer) => `${writer}-`.repeat(10_000))
      const outcomes = await Promise.all(bodies.map((body) => storage.putIfAbsent(`race-${round}`, body)))
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
      expect(text((await storage.read(`race-${round}`))?.body)).toBe(bodies[outcomes.indexOf('created')])
    }
  })

  it('lists all files below a directory, ordered by path, with the paths that read takes', async () => {
    const storage = adapter.open()
    for (const path of ['t/b/1', 't/b-1', 't/a', 't/b/0/x y%20=é', 'tt/c', 'u']) await storage.put(path, path)
    const paths = (await storage.list('t')).map((file) => file.path)
    expect(paths).toEqual(['t/a', 't/b-1', 't/b/0/x y%20=é', 't/b/1'])
    expect((await storage.list('')).map((file) => file.path)).toEqual([...paths, 'tt/c', 'u'])
    for (const path of paths) expect(text((await storage.read(path))?.body)).toBe(path)
  })

  it('inventories all files below a directory, with their sizes and times', async () => {
    const storage = adapter.open()
    const before = Date.now() - 2_000
    for (const path of ['t/b/1', 't/a', 'u']) await storage.put(path, path)
    const items = await storage.inventory('t')
    expect(items).toEqual(
      ['t/a', 't/b/1'].map((path) => ({ path, size: path.length, changedAt: expect.any(Number), unfinished: false })),
    )
    for (const { changedAt } of items) expect(changedAt).toBeGreaterThan(before)
    expect(await storage.inventory('none')).toEqual([])
  })

  it('names the directories directly in its root, in order', async () => {
    const storage = adapter.open()
    expect(await storage.directories()).toEqual([])
    for (const path of ['songs/a', 'songs/deep/b', '_lake/c', 'artists/d', 'file']) await storage.put(path, 'x')
    expect(await storage.directories()).toEqual(['_lake', 'artists', 'songs'])
  })

  it('names the files directly in a directory, in order, after a given name', async () => {
    const storage = adapter.open()
    for (const name of ['00003.json', '00001.json', '00002.json', 'deeper/00000.json'])
      await storage.put(`log/${name}`, '')
    expect(await storage.names('log')).toEqual(['00001.json', '00002.json', '00003.json'])
    expect(await storage.names('log', '00001.json')).toEqual(['00002.json', '00003.json'])
    expect(await storage.names('log', '00003.json')).toEqual([])
    expect(await storage.names('log', '', '00002')).toEqual(['00002.json'])
    expect(await storage.names('log', '00002.json', '0000')).toEqual(['00003.json'])
    expect(await storage.names('log', '', '1')).toEqual([])
  })

  it('streams in pieces the content that read returns', async () => {
    const storage = adapter.open()
    const body = Buffer.alloc(9 * 1024 * 1024 + 7, 'lake of many bytes\n')
    await storage.put('large', body)
    const stream = await storage.stream('large')
    if (!stream) throw new Error('not there')
    const chunks = await all(stream.chunks)
    expect(chunks.length).toBeGreaterThan(1)
    expect(Buffer.concat(chunks).equals(body)).toBe(true)
    expect({ size: stream.size, etag: stream.etag }).toEqual({
      size: body.length,
      etag: (await storage.read('large'))?.etag,
    })
  })

  it('never streams the beginning of one content and the end of another', async () => {
    const storage = adapter.open()
    const size = 9 * 1024 * 1024
    await storage.put('large', Buffer.alloc(size, 'a'))
    const stream = await storage.stream('large')
    await storage.put('large', Buffer.alloc(size, 'b'))
    const streamed = stream && (await all(stream.chunks).catch((error) => error.code))
    if (streamed !== 'storage') expect(Buffer.concat(streamed).equals(Buffer.alloc(size, 'a'))).toBe(true)
  })

  it('stores a finished local file', async () => {
    const storage = adapter.open()
    const directory = mkdtempSync(join(tmpdir(), 'lake-finished-'))
    writeFileSync(join(directory, 'part.parquet'), 'rows')
    await storage.putLocalFile(join(directory, 'part.parquet'), 'songs/part-1.parquet')
    rmSync(directory, { recursive: true })
    expect(text((await storage.read('songs/part-1.parquet'))?.body)).toBe('rows')
  })

  it('moves a file to another path', async () => {
    const storage = adapter.open()
    await storage.put('staged/x y%20=é+', 'rows')
    await storage.move('staged/x y%20=é+', 'songs/part-1.parquet')
    expect((await storage.list('')).map(({ path }) => path)).toEqual(['songs/part-1.parquet'])
    expect(text((await storage.read('songs/part-1.parquet'))?.body)).toBe('rows')
  })

  it('deletes a file, and ignores a missing one', async () => {
    const storage = adapter.open()
    await storage.put('a/b', 'x')
    await storage.delete('a/b')
    await storage.delete('a/b')
    await storage.delete('never/was')
    expect(await storage.read('a/b')).toBeUndefined()
    expect(await storage.list('')).toEqual([])
  })

  it('locates a file by its URI', () => {
    const storage = adapter.open()
    expect(storage.uri).not.toMatch(/\/$/)
    expect(storage.locate('songs/part 1.parquet')).toBe(`${storage.uri}/songs/part 1.parquet`)
  })

  it('gives local paths for its files, and brings the files to these paths', async () => {
    const storage = adapter.open()
    await storage.put('songs/part 1.parquet', 'rows')
    const locations = ['songs/part 1.parquet', 'songs/none.parquet'].map((path) => storage.locate(path))
    const [there = '', missing = ''] = locations.map((location) => storage.copies.pathOf(location))
    await storage.copies.fetch(locations)
    expect(readFileSync(there, 'utf8')).toBe('rows')
    expect(existsSync(missing)).toBe(false)
    expect([there, missing].map((local) => storage.copies.locationOf(local))).toEqual(locations)
  })

  it('keeps the stored local file as its local copy', async () => {
    const storage = adapter.open()
    const directory = mkdtempSync(join(tmpdir(), 'lake-finished-'))
    writeFileSync(join(directory, 'part.parquet'), 'rows')
    await storage.putLocalFile(join(directory, 'part.parquet'), 'songs/part-1.parquet')
    rmSync(directory, { recursive: true })
    expect(readFileSync(storage.copies.pathOf(storage.locate('songs/part-1.parquet')), 'utf8')).toBe('rows')
  })

  it('lists more files than one answer holds, in many directories and in one', async () => {
    const storage = adapter.open()
    const many = Array.from({ length: 2_500 }, (_, file) => `t/${file % 5}/${file % 3}/${file}.json`)
    const flat = Array.from({ length: 1_200 }, (_, file) => `u/${file}.json`)
    const beside = ['t/0-', 't/1.', 't/4/x', 't/9', 't-/0']
    await Promise.all([...many, ...flat, ...beside].map((path) => storage.put(path, '')))
    expect((await storage.list('t')).map(({ path }) => path)).toEqual(
      [...many, ...beside].filter((path) => path.startsWith('t/')).sort(),
    )
    expect((await storage.list('')).map(({ path }) => path)).toEqual([...many, ...flat, ...beside].sort())
    expect(await storage.names('u')).toEqual(flat.map((path) => path.slice(2)).sort())
  })
})

describe.each(adapters)('storage shared by processes: $name', (adapter) => {
  let directory = ''
  const writer = `
    import { openStorage } from ${JSON.stringify(fileURLToPath(new URL('../../../framework/storage/open-storage.ts', import.meta.url)))}
    process.on('message', async ({ root, names }) => {
      const created = []
      const storage = openStorage(root)
      for (const name of names)
        if ((await storage.putIfAbsent('log/' + name, String(process.pid).repeat(2_000))) === 'created') created.push(name)
      process.send(created, () => process.exit())
    })
    process.send('ready')`

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lake-processes-'))
    const stdin = { contents: writer, resolveDir: directory, loader: 'ts' } as const
    await build({ stdin, bundle: true, platform: 'node', format: 'cjs', outfile: join(directory, 'writer.cjs') })
  })
  afterAll(async () => {
    rmSync(directory, { recursive: true })
    await adapter.close()
  })

  it('lets one of four processes create each name', async () => {
    const storage = adapter.open()
    const names = Array.from({ length: 50 }, (_, version) => `${version}.json`)
    const writers = Array.from({ length: 4 }, () => fork(join(directory, 'writer.cjs')))
    await Promise.all(writers.map((process) => once(process, 'message')))
    const created = await Promise.all(
      writers.map(async (process) => {
        process.send({ root: storage.uri, names })
        const [names_] = await once(process, 'message')
        return (names_ as string[]).map((name) => ({ name, pid: process.pid }))
      }),
    )
    const winners = created.flat()
    expect(winners.map((winner) => winner.name).sort()).toEqual([...names].sort())
    for (const { name, pid } of winners) {
      expect(text((await storage.read(`log/${name}`))?.body)).toBe(String(pid).repeat(2_000))
    }
    expect((await storage.inventory('log')).map(({ path }) => path)).toEqual(names.map((name) => `log/${name}`).sort())
  })
})

describe('local storage shared by processes', () => {
  let directory = ''
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'lake-processes-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  it('reads a file that another process rewrites, with the size of the content that it read', async () => {
    const root = join(directory, 'rewritten')
    await localStorage(root).put('file', '')
    const rewrite = `const { writeFileSync } = require('node:fs')
      process.send('ready')
      for (let size = 0; ; size = (size + 1_000_003) % 4_000_000) writeFileSync(${JSON.stringify(join(root, 'file'))}, Buffer.alloc(size, 'a'))`
    writeFileSync(join(directory, 'rewrite.cjs'), rewrite)
    const rewriting = fork(join(directory, 'rewrite.cjs'))
    try {
      await once(rewriting, 'message')
      for (let reads = 0; reads < 200; reads++) {
        const content = await localStorage(root)
          .read('file')
          .catch((error) =>
            expect(error).toMatchObject({ code: 'storage', message: expect.stringContaining('it changed while') }),
          )
        if (content) expect(content.size).toBe(content.body.length)
        if (content) expect(content.body.every((byte) => byte === 97)).toBe(true)
      }
    } finally {
      rewriting.kill('SIGKILL')
    }
  })
})
