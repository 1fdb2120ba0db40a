// The test kills a command at any of its changes, on a disk and on S3. The next command completes
// the work, and leaves nothing behind.
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

/** `npm run fuzz -- killed-anywhere` tries all moments, one after the other. */
const RUNS = process.env.LAKE_RUNS

/** A slow run makes at most this many changes more than a quick run. */
const MOST_LOG_WRITES = 15

type Files = Readonly<Record<string, string>>

/** A command that the test kills. */
interface Work {
  /** The declaration of the source `lines`, whose rows are summed. */
  readonly source: string
  /** The files that each run before the command finds. */
  readonly before: readonly Files[]
  /** The files that differ when the command begins, and the file that is missing by then. */
  readonly changed: Files
  readonly removed?: string
  readonly words: readonly string[]
  /** Whether the command's clock is a day ahead. */
  readonly isTomorrow?: true
  /** Number of moments to try, evenly spread, unless the test tries all of them. */
  readonly tried: Readonly<Record<'a disk' | 'S3', number>>
}

const config = (source: string) =>
  totalsConfig({ imports: `import { readFileSync } from 'node:fs'`, source, settings: `keepHistory: '0d',` })

const REFRESH: Work = {
  source: 'maxRejected: 0.5',
  before: [{ 'input/lines/a.json': line('x', 1) + line('y', 20), 'input/lines/b.json': line('x', 4) }],
  changed: {
    'input/lines/a.json': line('x', 1) + line('y', 21),
    'input/lines/c.json': line('z', 30),
    'input/lines/d.json': 'no json\n',
  },
  removed: 'input/lines/b.json',
  words: ['materialize'],
  tried: { 'a disk': 2, S3: 1 },
}

/** A source whose function gives the batches of a file. lake publishes each batch by itself. */
const fromCode = (mode: string) => `
  ${mode}, checkpointRows: 1, cursor: text(),
  version: () => readFileSync('given.json', 'utf8'),
  async *rows({ cursor = '0' }) {
    const batches = JSON.parse(readFileSync('given.json', 'utf8'))
    for (let next = Number(cursor); next < batches.length; next++)
      yield { ...batches[next], cursor: String(next + 1) }
  }`

const given = (...batches: readonly object[]): Files => ({ 'given.json': JSON.stringify(batches) })
const rows = (...names: readonly string[]) => ({ rows: names.map((name) => ({ name, amount: 20 })) })

const APPEND: Work = {
  source: fromCode(`mode: 'append'`),
  before: [given(rows('x', 'y'))],
  changed: given(rows('x', 'y'), rows('x', 'z'), rows('y', 'y')),
  words: ['materialize'],
  tried: { 'a disk': 1, S3: 0 },
}

const UPSERT: Work = {
  source: fromCode(`mode: 'upsert', primaryKey: ['name']`),
  before: [given(rows('x', 'y'))],
  changed: given(rows('x', 'y'), { ...rows('z'), deleted: [{ name: 'x' }] }, { rows: [{ name: 'y', amount: 1 }] }),
  words: ['materialize'],
  tried: { 'a disk': 1, S3: 1 },
}

/** The runs before the vacuum make enough versions for a checkpoint. The log can begin there. */
const VACUUM: Work = {
  source: 'maxRejected: 0.5',
  before: Array.from({ length: 12 }, (_, n) => ({ 'input/lines/a.json': line('x', 1) + line('y', 20 + n) })),
  changed: {},
  words: ['vacuum', '--older-than', '0d'],
  isTomorrow: true,
  tried: { 'a disk': 1, S3: 0 },
}

const WORKS = {
  'a run': REFRESH,
  'a read of appended rows from code': APPEND,
  'a read of upserted rows from code': UPSERT,
  'a vacuum': VACUUM,
}

/** The locations of a lake and its input, as flags. */
type Places = readonly string[]

/** Each command that the test kills, on each kind of storage. */
const CASES = Object.entries(WORKS).flatMap(([name, work]) =>
  (['a disk', 'S3'] as const)
    .filter((where) => RUNS !== undefined || work.tried[where] > 0)
    .map((where) => ({ name, work, where })),
)

describe.each(CASES)('$name on $where that is killed at any change', ({ name, work, where }) => {
  const isS3 = where === 'S3'
  const isLeftOut = isS3 && !server
  const project = sharedDirectory()
  const env = isS3 ? { ...server?.env, XDG_CACHE_HOME: sharedDirectory() } : {}
  const before = { ...process.env }

  const at = (places: Places, words: readonly string[], more: NodeJS.ProcessEnv = {}) =>
    lake([...words, ...places], { cwd: project, env: { ...env, ...more } })

  function tomorrow(): NodeJS.ProcessEnv {
    const clock = join(temporaryDirectory(), 'clock')
    writeFileSync(clock, String(Date.now() + 86_400_000))
    return { LAKE_CLOCK: clock, ...preloaded('set-clock.mjs') }
  }

  const command = (places: Places, killing: NodeJS.ProcessEnv = {}) => {
    const more = { ...(work.isTomorrow && tomorrow()), ...killing }
    return at(places, work.words, { ...more, ...preloaded('kill-at.mjs', more) })
  }

  /** Makes a lake with versions of each table, and input that has changed since. */
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

  /** The rows of all tables, and the files that a vacuum of the next day leaves. */
  async function found(places: Places) {
    const { status, stdout, stderr } = at(places, ['query', ROWS, '--format', 'csv'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { assets } = document(at(places, ['status', '--json']))
    const { kept } = document(at(places, ['vacuum', '--older-than', '0d', '--json'], tomorrow()))
    expect(kept.files).toEqual([])
    const items = await openStorage(places[1] ?? '').inventory('')
    // The logs of runs, and the marks of released claims, are history. A vacuum keeps them.
    const paths = items.map(({ path }) => path).filter((path) => !/^_lake\/(?:runs|claims)\//.test(path))
    return {
      rows: stdout,
      states: assets.map(({ key, state }: Readonly<Record<string, string>>) => `${key} ${state}`),
      files: paths.map((path) => path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')).toSorted(),
    }
  }

  beforeAll(() => {
    if (isLeftOut) return
    Object.assign(process.env, env)
    writeFiles(project, { 'config/lake.config.ts': config(work.source), 'input/README': 'lines of names' })
    for (const files of work.before) {
      writeFiles(project, files)
      const { status, stderr } = lake(['materialize'], { cwd: project })
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    }
    writeFiles(project, work.changed)
    if (work.removed !== undefined) rmSync(join(project, work.removed))
  })
  afterAll(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
  })

  it.skipIf(isLeftOut)('is completed by the next one, with the same rows and no additional files', async () => {
    const count = join(project, 'count')
    const undisturbed = await begun()
    const { status, stderr } = command(undisturbed, { LAKE_KILL_COUNT: count })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const changes = Number(readFileSync(count, 'utf8'))
    expect(changes).toBeGreaterThan(20)
    const wanted = await found(undisturbed)
    const step = Math.max(1, changes / (RUNS === undefined ? work.tried[where] : Number(RUNS)))
    // Each run tries different moments, so that over time the test tries all of them.
    const first = 1 + Math.random() * (step - 1)
    const tried = `${Math.floor(changes / step)} of ${changes} changes, from ${first} on`
    process.stdout.write(`${name} killed on ${where}: ${tried}\n`)
    for (let moment = first; moment <= changes; moment += step) {
      const LAKE_KILL_AT = String(Math.floor(moment))
      const places = await begun()
      const killed = command(places, { LAKE_KILL_AT })
      const next = command(places)
      const about = { name, where, LAKE_KILL_AT, changes }
      const told = next.status === 0 ? '' : next.stdout + next.stderr
      // A slow run writes its log more often. So a quick run can end before one of the last
      // moments.
      const isAmongLast = moment > changes - MOST_LOG_WRITES
      const end = isAmongLast && killed.status === 0 ? 0 : null
      expect({ ...about, killed: killed.status, told }).toEqual({ ...about, killed: end, told: '' })
      expect({ ...about, found: await found(places) }).toEqual({ ...about, found: wanted })
    }
  })
})
