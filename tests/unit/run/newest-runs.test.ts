import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { newRunId } from '../../../framework/run/run-id.ts'
import { newestRuns } from '../../../framework/run/run-log.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'

it('the newest runs are found without a list of all, also those of long ago and of a clock that is ahead', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-runs-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const lake = localStorage(directory)
  const now = new Date('2026-11-30T12:00:00Z')
  const hours = [-1, 2, 30, 31, 5000]
  const ids = hours.map((ago) => newRunId(new Date(now.getTime() - ago * 3_600_000)))
  for (const id of ids) await lake.put(`_lake/runs/${id}.ndjson`, '{}')
  const listed: (string | undefined)[] = []
  const counting = {
    ...lake,
    names: (path: string, after?: string) => {
      listed.push(after)
      return lake.names(path, after)
    },
  }
  expect(await newestRuns(counting, 2, now)).toEqual(ids.slice(0, 2))
  expect(listed).toEqual([expect.stringMatching(/^20261129T1200/)])
  expect(await newestRuns(counting, 4, now)).toEqual(ids.slice(0, 4))
  expect(await newestRuns(counting, 9, now)).toEqual(ids)
  expect(listed.at(-1)).toBeUndefined()
})
