// A run that is killed at any change that it makes, on a disk and on S3, is completed by the next
// run, and leaves nothing behind.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import {
  lake,
  preloaded,
  sharedDirectory,
  temporaryDirectory,
  writeFiles,
} from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { totalsLine as line, TOTALS_ROWS as ROWS, totalsConfig } from '../../support/projects/totals-project.ts'
import { upload } from '../../support/s3/upload.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const server = await sharedS3Server()

/**
 * How many moments are tried, evenly spread; `npm run fuzz -- killed-anywhere` tries all of them,
 * one after the other.
 */
const TRIED = { 'a disk': 3, S3: 1 }
const RUNS = process.env.LAKE_RUNS

/** Where a lake and its input are, as flags. */
type Places = readonly string[]

describe.each(['a disk', 'S3'] as const)('a run on %s that is killed at any change', (where) => {
  const isS3 = where === 'S3'
  const project = sharedDirectory()
  const env = isS3 ? { ...server?.env, XDG_CACHE_HOME: sharedDirectory() } : {}
  const before = { ...process.env }

  const at = (places: Places, words: readonly string[], more: NodeJS.ProcessEnv = {}) =>
    lake([...words, ...places], { cwd: project, env: { ...env, ...more } })
  const killing = (more: NodeJS.ProcessEnv) => ({ ...preloaded('kill-at.mjs'), ...more })

  /** A lake with a version of each table, and input that has changed since. */
  async function begun(): Promise<Places> {
    if (!isS3) {
      const copy = temporaryDirectory()
      cpSync(project, copy, { recursive: true, preserveTimestamps: true })
      return ['--lake', join(copy, 'tables'), '--input', join(copy, 'input')]
    }
    const bucket = `s3://${await server?.bucket()}`
    await upload(join(project, 'tables'), `${bucket}/tables`)
    await upload(join(project, 'input'), `${bucket}/input`)
    return ['--lake', `${bucket}/tables`, '--input', `${bucket}/input`]
  }

  /** The rows of all tables, and what is left of files after a vacuum of the next day. */
  async function found(places: Places) {
    const { status, stdout: rows, stderr } = at(places, ['query', ROWS, '--format', 'csv'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const clock = join(temporaryDirectory(), 'clock')
    writeFileSync(clock, String(Date.now() + 86_400_000))
    const tomorrow = { LAKE_CLOCK: clock, ...preloaded('set-clock.mjs') }
    const { kept } = document(at(places, ['vacuum', '--older-than', '0d', '--json'], tomorrow))
    expect(kept.files).toEqual([])
    const items = await openStorage(places[1] ?? '').inventory('')
    // The logs of runs, and the marks of released claims, are history and stay.
    const paths = items.map(({ path }) => path).filter((path) => !/^_lake\/(?:runs|claims|leases)\//.test(path))
    return { rows, files: paths.map((path) => path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')).toSorted() }
  }

  beforeAll(async () => {
    if (isS3 && !server) return
    Object.assign(process.env, env)
    const input = { 'input/lines/a.json': line('x', 1) + line('y', 20), 'input/lines/b.json': line('x', 4) }
    writeFiles(project, { 'config/lake.config.ts': totalsConfig({ source: 'maxRejected: 0.5' }), ...input })
    expect(lake(['materialize'], { cwd: project }).status).toBe(0)
    const changed = { 'input/lines/a.json': line('x', 1) + line('y', 21), 'input/lines/c.json': line('z', 30) }
    writeFiles(project, { ...changed, 'input/lines/d.json': 'no json\n' })
    rmSync(join(project, 'input/lines/b.json'))
  })
  afterAll(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
  })

  it.skipIf(isS3 && !server)('is completed by the next run, which leaves the same rows and no file more', async () => {
    const count = join(project, 'count')
    const undisturbed = await begun()
    const { status, stderr } = at(undisturbed, ['materialize'], killing({ LAKE_KILL_COUNT: count }))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const changes = Number(readFileSync(count, 'utf8'))
    expect(changes).toBeGreaterThan(20)
    const wanted = await found(undisturbed)
    const step = Math.max(1, changes / (RUNS === undefined ? TRIED[where] : Number(RUNS)))
    // Different moments in each run, so that all of them are tried over time.
    const first = 1 + Math.random() * (step - 1)
    process.stdout.write(`killed on ${where}: ${Math.floor(changes / step)} of ${changes} changes, from ${first} on\n`)
    for (let moment = first; moment <= changes; moment += step) {
      const LAKE_KILL_AT = String(Math.floor(moment))
      const places = await begun()
      const killed = at(places, ['materialize'], killing({ LAKE_KILL_AT }))
      const next = at(places, ['materialize'])
      const about = { where, LAKE_KILL_AT, changes }
      expect({ ...about, killed: killed.status, next: next.status }).toEqual({ ...about, killed: null, next: 0 })
      expect({ ...about, found: await found(places) }).toEqual({ ...about, found: wanted })
    }
  })
})
