/** The progress that a Spark driver reports while the coordinator waits for a step's result. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { JobWatch, Mailbox } from '../../../framework/engines/spark/protocol/mailbox.ts'
import type { JobProgress } from '../../../framework/engines/spark/protocol/schema/results.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'

afterEach(() => void vi.useRealTimers())

it('the progress is reported every few seconds, and left out if lake cannot read it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-mailbox-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  vi.useFakeTimers({ toFake: ['Date'], now: 0 })
  const lake = localStorage(directory)
  const documents = ['{"done":1,"total":24}', 'damaged', '{"done":-1}', '{"done":12,"total":24}']
  let looks = 0
  const driver = {
    ...lake,
    read: async (path: string, mostBytes?: number) => {
      if (!path.endsWith('.result.json')) return lake.read(path, mostBytes)
      looks += 1
      vi.setSystemTime(looks * 1_500)
      const next = looks % 2 === 0 ? documents.shift() : undefined
      if (next !== undefined) await lake.put('box/0.progress.json', next)
      if (looks === 9) await lake.put('box/0.result.json', '{"status":"succeeded","value":7}')
      return lake.read(path, mostBytes)
    },
  }
  const job = { where: 'here', adopted: false, ended: new Promise<never>(() => undefined), expectEnd: () => undefined }
  const watch = new JobWatch({ ...job, cancel: async () => undefined })
  const reported: JobProgress[] = []
  const { signal } = new AbortController()
  const progress = (tasks: JobProgress) => void reported.push(tasks)
  const result = await new Mailbox(driver, 'box').result('0', watch, { signal, progress })
  expect(result).toEqual({ status: 'succeeded', value: 7 })
  expect(reported).toEqual([
    { done: 1, total: 24 },
    { done: 12, total: 24 },
  ])
})
