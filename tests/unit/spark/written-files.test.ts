/**
 * A result of the Spark job names files. lake accepts only Parquet files in the directory of the
 * spec.
 */
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkWritten } from '../../../framework/engines/spark/protocol/written-files.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'

const PARQUET = 'PAR1 rows PAR1'
let outer = ''
const at = (path: string) => join(outer, path)

beforeEach(() => {
  outer = mkdtempSync(join(tmpdir(), 'lake-written-'))
  mkdirSync(at('scratch/files-1/attempt/month=1'), { recursive: true })
  mkdirSync(at('home'))
  writeFileSync(at('home/private.parquet'), PARQUET)
  writeFileSync(at('scratch/files-1/attempt/month=1/part-0.parquet'), PARQUET)
})
afterEach(() => rmSync(outer, { recursive: true }))

const file = (location: string, size = PARQUET.length) => ({
  ...{ location, size, partitionValues: {}, stats: { rows: 1, columns: {} } },
  fingerprint: { algorithm: 'a', rows: 1, columns: {} },
})

const checked = (location: string, size?: number) =>
  checkWritten([file(location, size)], {
    lake: localStorage(at('lake')),
    directories: [at('scratch/files-1')],
  })

describe('files that Spark wrote on this machine', () => {
  it('are accepted if they are below the directory of the spec', async () => {
    const location = at('scratch/files-1/attempt/month=1/part-0.parquet')
    expect(await checked(location)).toEqual([file(location)])
  })

  it.each([
    'home/private.parquet',
    'scratch/files-1/../../home/private.parquet',
    'scratch/files-1/./attempt/month=1/part-0.parquet',
    'scratch/files-10/part-0.parquet',
    'scratch/files-1',
    'scratch/files-1/attempt',
    'scratch/files-1/attempt/month=1/part-1.parquet',
  ])('are refused if they are elsewhere or missing: %s', async (path) => {
    await expect(checked(`${outer}/${path}`)).rejects.toMatchObject({ code: 'engine-failed' })
  })

  it('are refused behind symbolic links', async () => {
    symlinkSync(at('home/private.parquet'), at('scratch/files-1/link.parquet'))
    symlinkSync(at('home'), at('scratch/files-1/linked'))
    linkSync(at('home/private.parquet'), at('scratch/files-1/hard.parquet'))
    for (const path of ['link.parquet', 'linked/private.parquet', 'hard.parquet']) {
      await expect(checked(at(`scratch/files-1/${path}`))).rejects.toThrow('is no data file')
    }
  })

  it('must be Parquet, and have the size in the result', async () => {
    writeFileSync(at('scratch/files-1/text.parquet'), 'not a table at all')
    writeFileSync(at('scratch/files-1/part.txt'), PARQUET)
    await expect(checked(at('scratch/files-1/text.parquet'), 18)).rejects.toThrow('is no data file')
    await expect(checked(at('scratch/files-1/part.txt'))).rejects.toThrow('is no Parquet file below')
    await expect(checked(at('scratch/files-1/attempt/month=1/part-0.parquet'), 13)).rejects.toThrow('has 14 bytes')
  })
})

describe('files that Spark wrote to S3', () => {
  /** A storage with only the methods that lake calls. */
  const lake = {
    uri: 's3://bucket/lake',
    locate: (path: string) => `s3://bucket/lake/${path}`,
    inventory: async (prefix: string) => [
      { path: `${prefix}/attempt/part-0.parquet`, size: 7, changedAt: 0, unfinished: false },
    ],
  } as unknown as Storage
  const onS3 = (location: string, size = 7) =>
    checkWritten([file(location, size)], { lake, directories: ['s3://bucket/lake/_lake/scratch/RUN/files-1'] })

  it('are accepted if they are below the directory of the spec', async () => {
    expect(await onS3('s3://bucket/lake/_lake/scratch/RUN/files-1/attempt/part-0.parquet')).toHaveLength(1)
  })

  it.each([
    '/home/private.parquet',
    's3://bucket/lake/songs/part-0.parquet',
    's3://bucket/other/part-0.parquet',
    's3://bucket/lake/_lake/scratch/RUN/files-1/../../../../songs/part-0.parquet',
    's3://bucket/lake/_lake/scratch/RUN/files-1/attempt/part-1.parquet',
  ])('are refused if they are elsewhere: %s', async (location) => {
    await expect(onS3(location)).rejects.toMatchObject({ code: 'engine-failed' })
  })

  it('must have the size in the result', async () => {
    await expect(onS3('s3://bucket/lake/_lake/scratch/RUN/files-1/attempt/part-0.parquet', 8)).rejects.toThrow(
      'has 7 bytes',
    )
  })
})
