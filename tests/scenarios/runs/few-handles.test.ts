/** A process builds a table of many partitions although it can open only few files and sockets. */
import { spawnSync } from 'node:child_process'
import { afterAll, describe, expect, it } from 'vitest'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import { lake, PROGRAM, sharedDirectory, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { document, outcomes } from '../../support/programs/run-events.ts'
import { copyProject } from '../../support/projects/project-copy.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const HANDLES = 256
const PARTITIONS = 300

const server = await sharedS3Server()
afterAll(async () => server?.stop())

/** One song for each year, and one play. */
const lines = (duration: number) =>
  Array.from({ length: PARTITIONS }, (_, year) => songLine({ song_id: `SO${year}`, year, duration })).join('\n')

function materializeWithFewHandles(directory: string, places: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const command = `ulimit -n ${HANDLES}; exec "$@"`
  const args = [process.execPath, PROGRAM, 'materialize', '--json', ...places]
  const options = { cwd: directory, env: { ...process.env, CI: '', ...env }, encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command, 'sh', ...args], options)
  return { status, stdout, stderr }
}

function project(): string {
  const directory = temporaryDirectory()
  copyProject(directory)
  writeFiles(directory, { 'input/song_data/a.json': lines(1), 'input/log_data/a.json': playLine() })
  return directory
}

describe(`with ${HANDLES} handles a table of ${PARTITIONS} partitions`, () => {
  it('is written, replaced and verified on a local disk', () => {
    const directory = project()
    const places = ['--lake', 'tables', '--input', 'input']
    const first = materializeWithFewHandles(directory, places)
    expect(first).toMatchObject({ status: 0, stderr: '' })
    expect(outcomes(first)).toMatchObject({ songs: 'materialized' })
    writeFiles(directory, { 'input/song_data/a.json': lines(2) })
    expect(materializeWithFewHandles(directory, places)).toMatchObject({ status: 0, stderr: '' })
    const { assets } = document(lake(['status', '--json', ...places], { cwd: directory }))
    expect(assets.find(({ key }: { readonly key: string }) => key === 'songs')).toMatchObject({
      ...{ state: 'fresh', rows: PARTITIONS, partitions: PARTITIONS, version: 1 },
    })
    expect(lake(['verify', 'songs', ...places], { cwd: directory }).status).toBe(0)
  })

  const cache = sharedDirectory()
  it.skipIf(!server)('is written and replaced on S3', async () => {
    const directory = project()
    const env = { ...server?.env, XDG_CACHE_HOME: cache }
    const bucket = await server?.bucket()
    const places = ['--lake', `s3://${bucket}/lake`, '--input', 'input']
    expect(materializeWithFewHandles(directory, places, env)).toMatchObject({ status: 0, stderr: '' })
    writeFiles(directory, { 'input/song_data/a.json': lines(2) })
    expect(materializeWithFewHandles(directory, places, env)).toMatchObject({ status: 0, stderr: '' })
    Object.assign(process.env, env)
    expect((await openStorage(`s3://${bucket}/lake`).names('songs')).length).toBe(2 * PARTITIONS)
  })
})
