/** Where lake stores the zip of the Spark job's package for spark-submit. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { ARCHIVE, storeArchive } from '../../../../framework/engines/spark/launch/job-archive.ts'
import { temporaryDirectory } from '../../../support/programs/lake-process.ts'

it('the zip is in a directory to which only this user can write, and is removed with the directory', async () => {
  const archive = join(temporaryDirectory(), 'built.zip')
  writeFileSync(archive, 'the zip')
  const stored = await storeArchive(archive)
  expect(stored.path.endsWith(`/${ARCHIVE}`)).toBe(true)
  expect(statSync(dirname(stored.path)).mode & 0o777).toBe(0o700)
  expect(readFileSync(stored.path, 'utf8')).toBe('the zip')
  await stored.remove()
  expect(existsSync(dirname(stored.path))).toBe(false)
})
