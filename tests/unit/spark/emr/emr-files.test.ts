// What lake uploads for EMR, and how it records intents.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lakeIntents } from '../../../../framework/engines/spark/emr/clusters/intents.ts'
import { stepLogTail } from '../../../../framework/engines/spark/emr/steps/step-log.ts'
import { uploadedJob, uploadJob } from '../../../../framework/engines/spark/emr/upload-job.ts'
import { localStorage } from '../../../../framework/storage/local/local-storage.ts'
import type { Storage } from '../../../../framework/storage/storage.ts'

let directory: string
let storage: Storage

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lake-emr-'))
  storage = localStorage(directory)
})

afterEach(() => rmSync(directory, { recursive: true }))

describe('the uploaded job', () => {
  const files = [
    { name: 'main.py', body: 'import rows' },
    { name: 'rows.py', body: 'x = 1' },
  ]

  it('is stored under the hash of its files, whatever their order is', async () => {
    const job = await uploadJob(storage, files)
    expect(await uploadJob(storage, files.toReversed())).toEqual(job)
    expect(uploadedJob(storage, files)).toEqual(job)
    const listed = (await storage.list('_lake/spark/job')).map(({ path }) => storage.locate(path))
    expect(listed).toEqual([job.main, ...job.pyFiles])
    expect(job.main).toMatch(/\/_lake\/spark\/job\/[0-9a-f]{32}\/main\.py$/)
  })

  it('is stored elsewhere if a file has changed', async () => {
    const { main } = await uploadJob(storage, files)
    const changed = await uploadJob(storage, [
      { name: 'main.py', body: 'import rows' },
      { name: 'rows.py', body: 'x = 2' },
    ])
    expect(changed.main).not.toBe(main)
  })
})

describe('intents', () => {
  it('stay as lake first recorded them', async () => {
    const intents = lakeIntents(storage)
    expect(await intents.read('lake R/songs/1')).toBeUndefined()
    expect(await intents.record('lake R/songs/1', { clusterId: 'j-1' })).toBe('recorded')
    expect(await lakeIntents(storage).record('lake R/songs/1', { clusterId: 'j-2' })).toBe('exists')
    expect(await intents.read('lake R/songs/1')).toEqual({ clusterId: 'j-1' })
  })
})

describe('the tail of a log', () => {
  const prefix = 'j-1/steps/s-1'

  it('consists of the last lines of stdout and of stderr, whether the files are packed or not', async () => {
    await storage.put(`${prefix}/stderr.txt.gz`, gzipSync('a\nb\nc\n'))
    await storage.put(`${prefix}/stdout`, 'Traceback\n  zażółć')
    await storage.put(`${prefix}/controller.gz`, gzipSync('INFO'))
    await storage.put('j-1/steps/s-11/stderr.gz', gzipSync("another step's"))
    expect(await stepLogTail(storage, 'j-1', 's-1', 2)).toEqual([
      { file: `${prefix}/stdout`, lines: ['Traceback', '  zażółć'] },
      { file: `${prefix}/stderr.txt.gz`, lines: ['b', 'c'] },
    ])
  })

  it('is empty if the log is missing, and has the readable part of a damaged file', async () => {
    expect(await stepLogTail(storage, 'j-1', 's-1')).toEqual([])
    await storage.put(`${prefix}/stderr.gz`, 'not packed')
    expect(await stepLogTail(storage, 'j-1', 's-1')).toEqual([])
  })
})
