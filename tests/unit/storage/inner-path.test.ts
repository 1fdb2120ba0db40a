/**
 * A storage refuses paths that could lead out of it, and deletes nothing behind a symbolic link.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { localPathBelow } from '../../../framework/storage/inner-path.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { S3Storage } from '../../../framework/storage/s3/s3-storage.ts'

let outer = ''
beforeEach(() => {
  outer = mkdtempSync(join(tmpdir(), 'lake-inner-'))
  mkdirSync(join(outer, 'lake/songs'), { recursive: true })
  mkdirSync(join(outer, 'beside'))
  writeFileSync(join(outer, 'beside/kept'), 'kept')
})
afterEach(() => rmSync(outer, { recursive: true }))

const CLIMBING = ['../beside/kept', 'songs/../../beside/kept', '..', '/beside/kept', 'songs/\0']

describe.each(CLIMBING)('the path %j', (path) => {
  it('is refused by every call of a local storage', async () => {
    const lake = localStorage(join(outer, 'lake'))
    const calls = [
      () => lake.read(path),
      () => lake.stream(path),
      () => lake.list(path),
      () => lake.inventory(path),
      () => lake.names(path),
      () => lake.put(path, 'x'),
      () => lake.putIfAbsent(path, 'x'),
      () => lake.putLocalFile(join(outer, 'beside/kept'), path),
      () => lake.move(path, 'a'),
      () => lake.move('a', path),
      () => lake.delete(path),
    ]
    for (const call of calls) {
      await expect(async () => call(), String(call)).rejects.toThrow('could lead out of')
    }
    expect(existsSync(join(outer, 'beside/kept'))).toBe(true)
  })

  it('is refused by writes and deletions on S3, before any request', async () => {
    const connection = new Promise<never>(() => undefined)
    const lake = new S3Storage('s3://bucket/lake', { connection })
    for (const call of [() => lake.put(path, 'x'), () => lake.delete(path), () => lake.putIfAbsent(path, 'x')]) {
      await expect(async () => call(), String(call)).rejects.toThrow('could lead out of')
    }
  })

  it('is not accepted as the name of a subdirectory', () => {
    expect(() => localPathBelow(outer, path)).toThrow('does not use')
  })
})

describe('names of subdirectories', () => {
  it.each(['', '.', 'a/..', './'])('never mean the directory itself: %j', (name) => {
    expect(() => localPathBelow(outer, name)).toThrow('does not use')
  })

  it('are accepted if they are plain names', () => {
    expect(localPathBelow('/', 'a')).toBe('/a')
    expect(localPathBelow(outer, 'a/..b')).toBe(`${outer}/a/..b`)
  })
})

describe('a symbolic link to a directory elsewhere', () => {
  it('is followed by calls that read, but not by calls that delete, or that list files to delete', async () => {
    const lake = localStorage(join(outer, 'lake'))
    symlinkSync(join(outer, 'beside'), join(outer, 'lake/linked'))
    expect((await lake.list('linked')).map(({ path }) => path)).toEqual(['linked/kept'])
    expect(await lake.inventory('linked')).toEqual([])
    expect(await lake.inventory('linked/.')).toEqual([])
    expect(await lake.inventory('')).toEqual([])
    await expect(lake.delete('linked/kept')).rejects.toThrow('lake deletes nothing behind links')
    expect(existsSync(join(outer, 'beside/kept'))).toBe(true)
  })

  it('can be deleted itself, and can be the root of the storage', async () => {
    symlinkSync(join(outer, 'beside/kept'), join(outer, 'lake/songs/link'))
    await localStorage(join(outer, 'lake')).delete('songs/link')
    expect(existsSync(join(outer, 'beside/kept'))).toBe(true)
    symlinkSync(join(outer, 'lake'), join(outer, 'root'))
    writeFileSync(join(outer, 'lake/songs/part'), '')
    const lake = localStorage(join(outer, 'root'))
    expect((await lake.inventory('songs')).map(({ path }) => path)).toEqual(['songs/part'])
    await lake.delete('songs/part')
    expect(await lake.inventory('songs')).toEqual([])
  })
})
