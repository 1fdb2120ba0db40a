// The test kills a scheduler at any change that it makes, on a disk and on S3. A scheduler of the
// same or of another host follows. Each tick runs once, and none is lost.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import {
  lake,
  preloaded,
  type RunningLake,
  sharedDirectory,
  startLake,
  temporaryDirectory,
  writeFiles,
} from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { upload } from '../../support/s3/upload.ts'
import { IS_FUZZ } from '../../support/shared/fuzz.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const server = await sharedS3Server()
const clocks = sharedDirectory()

/** How many moments are tried; `npm run fuzz -- killed-scheduler` tries all of them. */
const TRIED = { 'a disk': 1, S3: 1 }
const RUNS = process.env.LAKE_RUNS

const CONFIG = `
import { bigint, defineConfig, defineSource } from 'lake'
export const lines = defineSource({ key: 'lines', columns: { id: bigint() } })
export default defineConfig({
  assets: { lines },
  profiles: { default: { lake: 'tables', input: 'input' } },
  schedules: [{ name: 'hourly', cron: '0 * * * *', catchUp: 'latest' }],
})`

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** A tick in the future, so that no process with the clock of the machine finds a lease expired. */
const FIRST = Math.ceil(Date.now() / HOUR) * HOUR + HOUR
const DUE = FIRST + HOUR
const stamp = (time: number) => new Date(time).toISOString().replace(/[-:]|\.\d+/g, '')

/** A process that begins with a host and a time. The test moves the time. */
interface Clocked {
  readonly env: NodeJS.ProcessEnv
  put(time: number): void
}

function clocked(time: number, host = 'first'): Clocked {
  const clock = join(clocks, crypto.randomUUID())
  const put = (now: number) => {
    writeFileSync(`${clock}.new`, String(now))
    renameSync(`${clock}.new`, clock)
  }
  put(time)
  const preloads = preloaded('set-host.mjs', preloaded('set-clock.mjs'))
  return { env: { LAKE_CLOCK: clock, LAKE_HOST: host, ...preloads }, put }
}

/**
 * Only `npm run fuzz` tries the same host on S3, because the storage does not decide whether a
 * process is dead.
 */
const ROUNDS = (['a disk', 'S3'] as const).flatMap((where) =>
  (['the same host', 'another host'] as const)
    .filter((by) => IS_FUZZ || where === 'a disk' || by === 'another host')
    .map((by) => ({ where, by })),
)

describe.each(ROUNDS)(
  'a scheduler on $where that is killed at any change, and is followed by one on $by',
  ({ where, by }) => {
    const isS3 = where === 'S3'
    const project = sharedDirectory()
    const env = isS3 ? { ...server?.env, XDG_CACHE_HOME: sharedDirectory() } : {}
    const before = { ...process.env }
    const run = ['schedule', 'run', '--json']

    beforeAll(() => {
      Object.assign(process.env, env)
      writeFiles(project, { 'config/lake.config.ts': CONFIG, 'input/lines/a.json': '{"id":1}\n' })
      const once = lake(['schedule', 'run', '--once'], { cwd: project, env: clocked(FIRST).env })
      expect(once.status, once.stderr).toBe(0)
      writeFiles(project, { 'input/lines/b.json': '{"id":2}\n' })
    })
    afterAll(() => {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
      Object.assign(process.env, before)
    })

    /** A lake whose schedule has run once, and whose input has changed since. */
    async function begun(): Promise<string> {
      const copy = isS3 ? `s3://${await server?.bucket()}` : temporaryDirectory()
      await upload(join(project, 'tables'), copy)
      return copy
    }

    /**
     * Starts a scheduler before a tick, and stops it when the tick is over, unless the test kills
     * it.
     */
    async function pass(place: string, killing: NodeJS.ProcessEnv): Promise<number | null> {
      const { env: clock, put } = clocked(DUE - MINUTE)
      const options = { cwd: project, env: { ...env, ...clock, ...killing, ...preloaded('kill-at.mjs', clock) } }
      const scheduler = startLake([...run, '--lake', place], options)
      await came(scheduler, /schedule-waiting/)
      put(DUE)
      await came(scheduler, /refresh-ended[\s\S]*schedule-waiting/)
      scheduler.process.kill('SIGTERM')
      return (await scheduler.ended).status
    }

    /** Lets another scheduler look for due ticks. */
    async function goOn(place: string): Promise<void> {
      const isOther = by === 'another host'
      // Another host counts the process as dead only long after the end of its lease.
      const { env: clock } = clocked(DUE + (isOther ? 20 : 1) * MINUTE, isOther ? 'second' : 'first')
      const scheduler = startLake([...run, '--lake', place], { cwd: project, env: { ...env, ...clock } })
      await scheduler.printed(/schedule-waiting/)
      scheduler.process.kill('SIGTERM')
      const { status, stdout } = await scheduler.ended
      expect(status, stdout).toBe(0)
    }

    /** The outcome of the tick, and the files that a vacuum of the next day leaves. */
    async function found(place: string) {
      const at = (time: number, ...words: readonly string[]) =>
        document(lake([...words, '--json', '--lake', place], { cwd: project, env: { ...env, ...clocked(time).env } }))
      const [{ last, missed }] = at(DUE + 30 * MINUTE, 'schedule', 'list').schedules
      const { kept } = at(DUE + 24 * HOUR, 'vacuum', '--older-than', '0d')
      const paths = (await openStorage(place).inventory('')).map(({ path }) => path)
      return {
        last: { due: last.due, isDone: ['succeeded', 'fresh'].includes(last.outcome) },
        ends: paths.filter((path) => path.includes(stamp(DUE)) && path.endsWith('.ended.json')).length,
        rows: at(DUE, 'query', 'select list(id order by id) as ids from lines'),
        versions: at(DUE, 'history', 'lines').versions.length,
        left: paths.filter((path) => /^_lake\/(?:leases|scratch)\/|\.tmp-/.test(path)),
        ...{ missed, kept: kept.files },
      }
    }

    it.skipIf(isS3 && !server)('runs the tick once', async () => {
      const count = join(project, 'count')
      const undisturbed = await begun()
      expect(await pass(undisturbed, { LAKE_KILL_COUNT: count })).toBe(0)
      const changes = Number(readFileSync(count, 'utf8'))
      const wanted = await found(undisturbed)
      expect(wanted).toEqual({
        ...{ last: { due: new Date(DUE).toISOString(), isDone: true }, missed: null, ends: 1 },
        ...{ rows: [{ ids: ['1', '2'] }], versions: 2, left: [], kept: [] },
      })
      const step = Math.max(1, changes / (RUNS === undefined ? TRIED[where] : Number(RUNS)))
      const first = 1 + Math.random() * (step - 1)
      process.stdout.write(`scheduler killed on ${where}: ${Math.floor(changes / step)} of ${changes} changes\n`)
      for (let moment = first; moment <= changes; moment += step) {
        const LAKE_KILL_AT = String(Math.floor(moment))
        const place = await begun()
        const killed = await pass(place, { LAKE_KILL_AT })
        await goOn(place)
        const about = { where, by, LAKE_KILL_AT, changes }
        expect({ ...about, killed, ...(await found(place)) }).toEqual({ ...about, killed: null, ...wanted })
      }
    })
  },
)

/** Resolves once the text is printed, or once the process has ended. */
const came = (scheduler: RunningLake, pattern: RegExp) =>
  Promise.race([scheduler.printed(pattern).catch(() => undefined), scheduler.ended])
