// How lake finds runs without listing all of them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { newRunId } from '../../../framework/run/run-id.ts'
import { knownRun, newestRuns } from '../../../framework/run/run-log.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'

it('lake finds the newest runs without listing all runs, even if these are old or come from a clock that is ahead', async () => {
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

it('lake lists only runs that begin alike to find a run by the beginning of its ID, and none for a complete ID', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-runs-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const lake = localStorage(directory)
  const ids = [1, 2, 3].map((day) => newRunId(new Date(Date.UTC(2026, 10, day))))
  for (const id of ids) await lake.put(`_lake/runs/${id}.ndjson`, '{}')
  const listed: (string | undefined)[] = []
  const counting: typeof lake = {
    ...lake,
    names: (path, after, beginning) => {
      listed.push(beginning)
      return lake.names(path, after, beginning)
    },
  }
  expect(await knownRun(counting, '20261102')).toBe(ids[1])
  expect(await knownRun(counting, ids[2] ?? '')).toBe(ids[2])
  expect(listed).toEqual(['20261102'])
  await expect(knownRun(counting, '202611')).rejects.toThrow(/3 runs begin with 202611/)
})
