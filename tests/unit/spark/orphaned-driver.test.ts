// Which driver of a dead run lake finds.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { orphanedDriver } from '../../../framework/engines/spark/driver/orphaned-driver.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'

/** The number of the driver that lake finds if a run R left these files. */
async function found(scope: string, ...files: readonly string[]): Promise<number | undefined> {
  const directory = mkdtempSync(join(tmpdir(), 'lake-left-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const lake = localStorage(directory)
  for (const file of files) await lake.put(`_lake/spark/R/${file}`, '{}')
  return (await orphanedDriver(lake, 'R', scope))?.number
}

describe('the driver that a dead run left', () => {
  it('is the last driver that was given a step', async () => {
    const files = ['session-1/alive.json', 'session-1/0.spec.json', 'session-10/0.spec.json', 'session-9/0.spec.json']
    expect(await found('session', ...files, 'session-11/alive.json')).toBe(10)
  })

  it('is the last driver that was about to start, if none was given a step', async () => {
    expect(await found('songs', 'songs-1/alive.json', 'my_songs-2/0.spec.json', 'songs-x-3/0.spec.json')).toBe(1)
  })

  it('does not exist if the run never started one', async () => {
    expect(await found('songs', 'session-1/0.spec.json')).toBeUndefined()
  })
})
