// What a local storage does in addition to the rules of all storages.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'

let root = ''
let storage: Storage

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lake-local-'))
  storage = localStorage(root)
})
afterEach(() => rmSync(root, { recursive: true }))

const paths = async (prefix = ''): Promise<readonly string[]> => (await storage.list(prefix)).map((file) => file.path)

describe('the root', () => {
  it('is written as an absolute path without a slash at the end', () => {
    expect(localStorage(`${root}/a/..//`).uri).toBe(root)
    expect(localStorage('demo').uri).toBe(join(process.cwd(), 'demo'))
    expect(localStorage('/').locate('a')).toBe('/a')
  })

  it('exists only if it is a directory', async () => {
    writeFileSync(join(root, 'file'), '')
    expect(await storage.exists()).toBe(true)
    expect(await localStorage(join(root, 'none')).exists()).toBe(false)
    expect(await localStorage(join(root, 'file')).exists()).toBe(false)
    expect(await localStorage(join(root, 'file/below')).exists()).toBe(false)
  })
})

describe('etags', () => {
  it('are the modification time, including fractions of a millisecond', async () => {
    writeFileSync(join(root, 'a'), 'x')
    utimesSync(join(root, 'a'), 1, 1_700_000_000.123456)
    const { mtimeMs } = statSync(join(root, 'a'))
    expect(mtimeMs % 1).not.toBe(0)
    expect(await storage.list('')).toEqual([{ path: 'a', size: 1, etag: String(mtimeMs) }])
    expect((await storage.read('a'))?.etag).toBe(String(mtimeMs))
  })
})

describe('symbolic links', () => {
  it('to files and directories are followed', async () => {
    mkdirSync(join(root, 'real/deep'), { recursive: true })
    writeFileSync(join(root, 'real/deep/a.json'), 'one')
    symlinkSync(join(root, 'real/deep/a.json'), join(root, 'real/b.json'))
    symlinkSync(join(root, 'real'), join(root, 'linked'))
    expect(await paths('linked')).toEqual(['linked/b.json', 'linked/deep/a.json'])
    expect(await paths()).toEqual(['linked/b.json', 'linked/deep/a.json', 'real/b.json', 'real/deep/a.json'])
    expect((await storage.list('real')).map((file) => file.size)).toEqual([3, 3])
    expect(await storage.names('real')).toEqual(['b.json'])
  })

  it('are not followed if they lead back to a directory on their own path', async () => {
    mkdirSync(join(root, 'a/b'), { recursive: true })
    mkdirSync(join(root, 'c'))
    writeFileSync(join(root, 'a/x'), '')
    writeFileSync(join(root, 'c/y'), '')
    symlinkSync('..', join(root, 'a/b/up'))
    symlinkSync('../c', join(root, 'a/c'))
    symlinkSync('../a', join(root, 'c/a'))
    expect(await paths('a')).toEqual(['a/c/y', 'a/x'])
    expect(await paths()).toEqual(['a/c/y', 'a/x', 'c/a/x', 'c/y'])
  })

  it('are left out if they lead nowhere, or to themselves', async () => {
    symlinkSync('gone', join(root, 'dangling'))
    symlinkSync('self', join(root, 'self'))
    expect(await paths()).toEqual([])
    expect(await storage.names('')).toEqual([])
    expect(await storage.read('self')).toBeUndefined()
    expect(await storage.stream('dangling')).toBeUndefined()
  })
})

describe('temporary files', () => {
  it('are hidden during a write, and removed after it', async () => {
    writeFileSync(join(root, '.tmp-left-by-a-killed-process'), 'half')
    writeFileSync(join(root, '.hidden'), '')
    await storage.put('a', 'x')
    await storage.putIfAbsent('a', 'y')
    await storage.putIfAbsent('b', 'z')
    expect(await paths()).toEqual(['.hidden', 'a', 'b'])
    expect(await storage.names('')).toEqual(['.hidden', 'a', 'b'])
    expect(readdirSync(root).filter((name) => name.startsWith('.tmp-'))).toEqual(['.tmp-left-by-a-killed-process'])
  })

  it('are removed if the write fails', async () => {
    mkdirSync(join(root, 'taken/by-a-directory'), { recursive: true })
    await expect(storage.put('taken', 'x')).rejects.toThrow('is a directory where a file is needed')
    expect(readdirSync(root)).toEqual(['taken'])
  })
})

describe('putLocalFile', () => {
  it('moves the file and makes its directories', async () => {
    const finished = join(root, 'finished.parquet')
    writeFileSync(finished, 'rows')
    const { ino } = statSync(finished)
    await storage.putLocalFile(finished, 'songs/year=2018/part-1.parquet')
    expect(statSync(join(root, 'songs/year=2018/part-1.parquet')).ino).toBe(ino)
    expect(readdirSync(root)).toEqual(['songs'])
  })

  const shared = statSync('/dev/shm', { throwIfNoEntry: false })
  it.skipIf(!shared || shared.dev === statSync(tmpdir()).dev)('copies from another file system', async () => {
    const elsewhere = mkdtempSync('/dev/shm/lake-')
    writeFileSync(join(elsewhere, 'part'), 'rows')
    await storage.putLocalFile(join(elsewhere, 'part'), 'songs/part-1.parquet')
    expect(readdirSync(join(root, 'songs'))).toEqual(['part-1.parquet'])
    expect(Buffer.from((await storage.read('songs/part-1.parquet'))?.body ?? []).toString()).toBe('rows')
    expect(readdirSync(elsewhere)).toEqual([])
    rmSync(elsewhere, { recursive: true })
  })
})

describe('a stream', () => {
  it('fails if the file is replaced before its first chunk is read', async () => {
    await storage.put('a', 'one')
    const stream = await storage.stream('a')
    writeFileSync(join(root, 'b'), 'other')
    renameSync(join(root, 'b'), join(root, 'a'))
    await expect(stream?.chunks[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('changed while it was being read'),
    })
  })

  it('fails if the file grows while lake reads it', async () => {
    await storage.put('a', Buffer.alloc(5 * 1024 * 1024))
    const chunks = (await storage.stream('a'))?.chunks[Symbol.asyncIterator]()
    expect((await chunks?.next())?.value).toHaveLength(4 * 1024 * 1024)
    writeFileSync(join(root, 'a'), 'more', { flag: 'a' })
    expect((await chunks?.next())?.value).toHaveLength(1024 * 1024)
    await expect(chunks?.next()).rejects.toMatchObject({ code: 'storage' })
  })
})

describe('failures', () => {
  it('name the file, and say what to do', async () => {
    mkdirSync(join(root, 'directory'))
    writeFileSync(join(root, 'file'), '')
    const directory = join(root, 'directory')
    await expect(storage.read('directory')).rejects.toMatchObject({
      code: 'storage',
      message: `Cannot read ${directory}: it is a directory where a file is needed. Move that directory away, or choose another path.`,
    })
    await expect(storage.put('file/below', '')).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining(`Cannot write ${root}/file/below: a part of this path is a file`),
      cause: { code: 'ENOTDIR' },
    })
    await expect(storage.delete('directory')).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('Cannot delete'),
    })
    await expect(storage.putLocalFile(join(root, 'none'), 'a')).rejects.toMatchObject({
      code: 'storage',
      cause: { code: 'ENOENT' },
    })
  })

  it('do not include a path below a file, which counts as missing', async () => {
    writeFileSync(join(root, 'file'), '')
    expect(await storage.read('file/below')).toBeUndefined()
    expect(await storage.list('file')).toEqual([])
    expect(await storage.names('file/below')).toEqual([])
    await storage.delete('file/below')
  })
})

describe('an inventory', () => {
  it('contains the half-written files of a killed process, which no list contains', async () => {
    mkdirSync(join(root, 't'))
    for (const name of ['t/.tmp-1', 't/a']) writeFileSync(join(root, name), 'x')
    expect((await storage.inventory('t')).map(({ path, unfinished }) => [path, unfinished])).toEqual([
      ['t/.tmp-1', true],
      ['t/a', false],
    ])
    expect(await paths('t')).toEqual(['t/a'])
  })

  it('does not follow links, because the files behind them do not belong to lake', async () => {
    mkdirSync(join(root, 'elsewhere'))
    mkdirSync(join(root, 't'))
    writeFileSync(join(root, 'elsewhere/a'), 'x')
    symlinkSync(join(root, 'elsewhere'), join(root, 't/directory'))
    symlinkSync(join(root, 'elsewhere/a'), join(root, 't/file'))
    expect(await storage.inventory('t')).toEqual([])
  })

  it('counts the age of a file from its move to its path, not from when it was written', async () => {
    writeFileSync(join(root, 'local'), 'x')
    utimesSync(join(root, 'local'), 1, 1_500_000_000)
    // Some file systems keep times in steps of two seconds.
    const before = Date.now() - 2_000
    await storage.putLocalFile(join(root, 'local'), 't/a')
    const [item] = await storage.inventory('t')
    expect(item?.changedAt).toBeGreaterThan(before)
  })
})
