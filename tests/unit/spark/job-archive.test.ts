/** The zip of the Spark job's package, which spark-submit and EMR take. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { expect, it, vi } from 'vitest'
import { ARCHIVE, storeArchive, zipped } from '../../../framework/engines/spark/launch/job-archive.ts'
import { jobFiles } from '../../../framework/engines/spark/launch/job-files.ts'

const FILES = new Map([
  ['rows/__init__.py', '"""Rows."""\n'],
  ['rows/count.py', 'count = len\n'.repeat(100)],
])

it('has the same bytes on every machine, in every time zone and for any order of the files', () => {
  vi.stubEnv('TZ', 'Pacific/Auckland')
  expect(new Date(1980, 0, 1).getTimezoneOffset()).not.toBe(0)
  const elsewhere = zipped(new Map([...FILES].toReversed()))
  vi.unstubAllEnvs()
  expect(Buffer.from(zipped(FILES)).equals(elsewhere)).toBe(true)
  expect(createHash('sha256').update(elsewhere).digest('hex')).toBe(
    '9d09d76c0ff42bdeef2f907aba819f93a1d813f831f54cef513938a6fd5e6b70',
  )
})

it('holds every module of the package, unchanged', () => {
  const { modules } = jobFiles()
  const unzipped = Object.entries(unzipSync(zipped(modules)))
  expect(new Map(unzipped.map(([path, content]) => [path, strFromU8(content)]))).toEqual(modules)
  expect([...modules.keys()]).toContain('lake_job/lines/parse_line.py')
})

it('is stored where only this user can write, and removed with its directory', async () => {
  const stored = await storeArchive(zipped(FILES))
  expect(stored.path.endsWith(`/${ARCHIVE}`)).toBe(true)
  expect(statSync(dirname(stored.path)).mode & 0o777).toBe(0o700)
  expect(readFileSync(stored.path).equals(zipped(FILES))).toBe(true)
  await stored.remove()
  expect(existsSync(dirname(stored.path))).toBe(false)
})
