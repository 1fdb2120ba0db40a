// Objects of a lake on S3 whose content does not match their checksum.

import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { lake, startLake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { eventsOf } from '../../support/programs/run-events.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { startFaultProxy } from '../../support/s3/fault-proxy.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const server = await sharedS3Server()

describe.skipIf(!server)('a data file on S3 that does not match its checksum', () => {
  afterAll(async () => server?.stop())

  it('is named by queries and runs with its version and the remedy, without a stack trace', async () => {
    const bucket = (await server?.bucket()) ?? ''
    const [input, cache] = [temporaryDirectory(), temporaryDirectory()]
    writeFiles(input, { 'song_data/a.json': songLine(), 'log_data/a.json': playLine() })
    const at = ['--lake', `s3://${bucket}/lake`, '--input', input]
    const env = { ...server?.env, XDG_CACHE_HOME: cache }
    expect(lake([...at, 'materialize'], { env }).status).toBe(0)

    const proxy = await startFaultProxy(server?.endpoint ?? '')
    onTestFinished(proxy.close)
    proxy.always('GET', { kind: 'damaged-answer' })
    // The test removes the local copies that the run has left.
    const through = { ...env, AWS_ENDPOINT_URL_S3: proxy.endpoint, XDG_CACHE_HOME: temporaryDirectory() }
    const problem = new RegExp(
      `the table song_data has lost rows of its version 0: s3://${bucket}/lake/song_data/part-[^ ]+ is damaged`,
    )
    const query = await startLake([...at, 'query', 'from song_data'], { env: through }).ended
    expect(query.status).toBe(1)
    expect(query.stderr).toMatch(problem)
    expect(query.stderr).toContain('materialize song_data --full')
    expect(query.stderr).not.toMatch(/\n\s+at |bug/)
    const run = await startLake([...at, 'materialize', 'songs', '--full', '--only', '--json'], { env: through }).ended
    expect(run.status).toBe(1)
    expect(eventsOf(run).at(-1)).toMatchObject({
      error: { code: 'corrupt-table', asset: 'song_data', message: expect.stringMatching(problem) },
    })
    expect(
      lake([...at, 'query', 'select title from song_data', '--json'], {
        env: { ...env, XDG_CACHE_HOME: temporaryDirectory() },
      }).stdout,
    ).toContain('Setanta matins')
  })
})
