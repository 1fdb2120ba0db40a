// The local copies of S3 objects.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LakeError } from '../../../framework/errors.ts'
import { CachedCopies } from '../../../framework/storage/copies/local-copies.ts'
import { trimCopies } from '../../../framework/storage/copies/trim-copies.ts'
import { cacheRoot } from '../../../framework/storage/local/cache-root.ts'

const ROOT = 's3://bucket/lake'
const DAY_MS = 24 * 60 * 60_000

let directory = ''
let opened: string[] = []
let chunksOf: (path: string) => AsyncIterable<Uint8Array>
let copies: CachedCopies

/**
 * Makes the content of each path the path itself, in two pieces. The paths in `none` are missing.
 */
async function* halves(path: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(path.slice(0, 3))
  yield Buffer.from(path.slice(3))
}

async function open(path: string) {
  opened.push(path)
  if (path.endsWith('none')) return undefined
  return { path, size: path.length, etag: path, settled: true, chunks: chunksOf(path) }
}

const files = () => readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.parentPath.includes('.sums')).map(({ name }) => name).sort() // biome-ignore format: one line

function addCopy(name: string, { bytes, daysAgo }: { readonly bytes: number; readonly daysAgo: number }): string {
  const local = join(directory, 'other', name)
  mkdirSync(dirname(local), { recursive: true })
  writeFileSync(local, Buffer.alloc(bytes))
  const time = new Date(Date.now() - daysAgo * DAY_MS)
  utimesSync(local, time, time)
  return local
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lake-copies-'))
  opened = []
  chunksOf = halves
  copies = new CachedCopies(directory, { root: ROOT, open, isTransient: () => false })
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('local copies of objects', () => {
  it('are in the cache directory of the user, or in the directory that XDG_CACHE_HOME names', () => {
    const before = process.env.XDG_CACHE_HOME
    try {
      process.env.XDG_CACHE_HOME = '/var/cache/me'
      expect(cacheRoot()).toBe('/var/cache/me/lake')
      process.env.XDG_CACHE_HOME = 'not/absolute'
      expect(cacheRoot()).toMatch(/\/\.cache\/lake$/)
    } finally {
      if (before === undefined) delete process.env.XDG_CACHE_HOME
      else process.env.XDG_CACHE_HOME = before
    }
  })

  it('have a path before they exist; lake can turn the path back into the location', () => {
    const location = `${ROOT}/songs/x=a%20b/part 1.parquet`
    expect(copies.pathOf(location)).toBe(join(directory, 'bucket/lake/songs/x=a%20b/part 1.parquet'))
    expect(copies.locationOf(copies.pathOf(location))).toBe(location)
    expect([copies.pathOf('/tmp/scratch/a'), copies.locationOf('/tmp/scratch/a')]).toEqual(
      Array(2).fill('/tmp/scratch/a'),
    )
    expect(opened).toEqual([])
  })

  it.each([`${ROOT}/../../../etc/passwd`, `${ROOT}//a`, `${ROOT}/./a`])(
    'never have a path outside of the cache: %s',
    (location) => {
      expect(() => copies.pathOf(location)).toThrow(LakeError)
    },
  )

  it('are fetched once, however often they are requested; missing objects are left out', async () => {
    const locations = ['songs/a', 'songs/b', 'songs/none', 'songs/a'].map((path) => `${ROOT}/${path}`)
    await Promise.all([copies.fetch(locations), copies.fetch(locations)])
    await copies.fetch(locations.slice(0, 2))
    expect(opened.filter((path) => path !== 'songs/none').sort()).toEqual(['songs/a', 'songs/b'])
    expect(readFileSync(copies.pathOf(`${ROOT}/songs/a`), 'utf8')).toBe('songs/a')
    expect(files()).toEqual(['a', 'b'])
  })

  it('are complete even if two processes fetch them at the same time', async () => {
    const other = new CachedCopies(directory, { root: ROOT, open, isTransient: () => false })
    const locations = Array.from({ length: 30 }, (_, file) => `${ROOT}/songs/${file}`)
    await Promise.all([copies.fetch(locations), other.fetch(locations)])
    for (const location of locations) {
      expect(readFileSync(copies.pathOf(location), 'utf8')).toBe(location.slice(ROOT.length + 1))
    }
    expect(files()).toHaveLength(30)
  })

  it('do not exist after an incomplete download; the next request fetches them', async () => {
    chunksOf = async function* (path) {
      yield Buffer.from(path.slice(0, 3))
      expect(files()).toEqual([expect.stringMatching(/^\.tmp-/)])
      throw new LakeError('storage', { problem: 'broke off' })
    }
    await expect(copies.fetch([`${ROOT}/songs/a`])).rejects.toThrow('broke off')
    expect(files()).toEqual([])
    chunksOf = async function* (path) {
      yield Buffer.from(path.slice(0, 3))
    }
    await expect(copies.fetch([`${ROOT}/songs/a`])).rejects.toMatchObject({ code: 'storage' })
    expect(files()).toEqual([])
    chunksOf = halves
    await copies.fetch([`${ROOT}/songs/a`])
    expect(files()).toEqual(['a'])
  })

  it('are not fetched any more after one has failed', async () => {
    chunksOf = (path) => {
      if (path === 'songs/0') throw new LakeError('storage', { problem: 'broke off' })
      return halves(path)
    }
    const locations = Array.from({ length: 100 }, (_, file) => `${ROOT}/songs/${file}`)
    await expect(copies.fetch(locations)).rejects.toThrow('broke off')
    expect(opened.length).toBeLessThan(20)
  })

  it('are not fetched if this process wrote the file', async () => {
    const local = join(directory, 'finished')
    writeFileSync(local, 'songs/a')
    await copies.adopt(local, `${ROOT}/songs/a`)
    await copies.fetch([`${ROOT}/songs/a`])
    expect([existsSync(local), opened]).toEqual([false, []])
    expect(readFileSync(copies.pathOf(`${ROOT}/songs/a`), 'utf8')).toBe('songs/a')
  })

  it('are removed with their objects', async () => {
    await copies.fetch([`${ROOT}/songs/a`])
    await copies.drop(`${ROOT}/songs/a`)
    await copies.drop(`${ROOT}/songs/never`)
    expect(files()).toEqual([])
  })

  it('are removed to make room: the least recently used first, and no more than necessary', async () => {
    const locals = [3, 1, 2, 0].map((daysAgo) => addCopy(`used-${daysAgo}`, { bytes: 100, daysAgo }))
    await trimCopies(directory, 400)
    expect(locals.every(existsSync)).toBe(true)
    await trimCopies(directory, 250)
    expect(files()).toEqual(['used-0', 'used-1'])
  })

  it('stay if this process is using them, or if any process used them within the last hour', async () => {
    const asked = `${ROOT}/songs/a`
    await copies.fetch([asked])
    const old = new Date(Date.now() - 9 * DAY_MS)
    utimesSync(copies.pathOf(asked), old, old)
    addCopy('of-another', { bytes: 100, daysAgo: 0 })
    addCopy('idle', { bytes: 100, daysAgo: 1 })
    await trimCopies(directory, 0)
    expect(files()).toEqual(['a', 'of-another'])
    await copies.fetch([asked])
    expect(statSync(copies.pathOf(asked)).mtimeMs).toBeGreaterThan(Date.now() - DAY_MS)
  })

  it('include no temporary files of killed processes', async () => {
    addCopy('.tmp-left', { bytes: 1, daysAgo: 1 })
    addCopy('.tmp-being-written', { bytes: 1, daysAgo: 0 })
    addCopy('whole', { bytes: 1, daysAgo: 1 })
    await trimCopies(directory, 400)
    expect(files()).toEqual(['.tmp-being-written', 'whole'])
  })

  describe('that were damaged after the download', () => {
    const location = `${ROOT}/songs/a`
    const content = () => readFileSync(copies.pathOf(location), 'utf8')

    it.each([
      ['cut', (local: string) => truncateSync(local, 3)],
      ['emptied', (local: string) => truncateSync(local, 0)],
      ['of one other letter', (local: string) => writeFileSync(local, 'songs/b')],
      ['replaced, with the times of the right one', (local: string) => replaceWithTimes(local, 'songs/c')],
    ])('are removed and fetched once more: %s', async (_, damage) => {
      await copies.fetch([location])
      damage(copies.pathOf(location))
      await copies.fetch([location])
      expect(content()).toBe('songs/a')
      expect(opened).toEqual(['songs/a', 'songs/a'])
    })

    it('are fetched again if this process wrote the file, or if its checksum is lost', async () => {
      const local = join(directory, 'finished')
      writeFileSync(local, 'songs/a')
      await copies.adopt(local, location)
      writeFileSync(copies.pathOf(location), 'songs/x')
      await copies.fetch([location])
      expect(content()).toBe('songs/a')
      rmSync(join(directory, '.sums'), { recursive: true })
      await copies.fetch([location])
      expect(opened).toEqual(['songs/a', 'songs/a'])
    })

    it('are detected by another process; a copy that differs only in its times is not fetched again', async () => {
      await copies.fetch([location])
      const [past, local] = [new Date(Date.now() - DAY_MS), copies.pathOf(location)]
      utimesSync(local, past, past)
      await new CachedCopies(directory, { root: ROOT, open, isTransient: () => false }).fetch([location])
      expect(opened).toEqual(['songs/a'])
      writeFileSync(local, 'songs/z')
      await new CachedCopies(directory, { root: ROOT, open, isTransient: () => false }).fetch([location])
      expect(content()).toBe('songs/a')
    })

    it('are removed if their object no longer exists', async () => {
      await copies.fetch([`${ROOT}/songs/none`])
      mkdirSync(dirname(copies.pathOf(location)), { recursive: true })
      writeFileSync(copies.pathOf(`${ROOT}/songs/none`), 'anything')
      await copies.fetch([`${ROOT}/songs/none`])
      expect(existsSync(copies.pathOf(`${ROOT}/songs/none`))).toBe(false)
    })
  })
})

function replaceWithTimes(local: string, content: string): void {
  const { atime, mtime } = statSync(local)
  writeFileSync(local, content)
  utimesSync(local, atime, mtime)
}
