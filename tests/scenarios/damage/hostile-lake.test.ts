/**
 * Forged documents in a lake make lake read, change and delete nothing outside of the lake. Other
 * tables go on, and the message names the document. Without its checks, lake would go into a folder
 * that this test made, and that has to stay as it is.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, utimesSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { listRuns } from '../../../framework/run/run-log.ts'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'
import {
  type LakeResult,
  lake,
  sharedDirectory,
  temporaryDirectory,
  writeFiles,
} from '../../support/programs/lake-process.ts'
import { copyProject } from '../../support/projects/project-copy.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { IS_FUZZ } from '../../support/shared/fuzz.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const RUN = '20181121T215647796Z-0000aa'
/** Assets whose claims and failures the tests forge. */
const KEYS = ['songs', 'song_data', 'artists', 'log_data', 'users']
const ASSETS = [...KEYS, 'time', 'songplays']
const PAST = '2018-11-21T21:56:47.796Z'
const BEFORE = new Date('2018-11-21T21:56:47.796Z')

/** Characters of which none may reach a terminal. */
const UNSHOWN = /(?!\n)[\p{Cc}\u202e]/u

const server = await sharedS3Server()

interface Place {
  readonly name: string
  /** The lake of a test: a copy of a lake in which everything is materialized. */
  open(): Promise<string>
  readonly env: NodeJS.ProcessEnv
}

const project = sharedDirectory()
const cache = sharedDirectory()
const ENV = { XDG_CACHE_HOME: cache }
const INPUT = ['--input', join(project, 'input')]

beforeAll(() => {
  copyProject(project)
  writeFiles(project, {
    'input/song_data/a.json': songLine(),
    'input/log_data/a.json': `${Array.from({ length: 120 }, (_, item) => playLine({ itemInSession: item })).join('\n')}\nno JSON`,
  })
})
afterAll(async () => server?.stop())

let made = ''

const local: Place = {
  name: 'a local lake',
  env: ENV,
  open: async () => {
    if (made === '') {
      made = join(project, 'made')
      materialized(made, ENV)
    }
    const copy = join(temporaryDirectory(), 'lake')
    execFileSync('cp', ['-a', made, copy])
    return copy
  },
}

const onS3: Place = {
  name: 'a lake on S3',
  env: { ...ENV, ...server?.env },
  open: async () => {
    Object.assign(process.env, server?.env)
    const uri = `s3://${await server?.bucket()}/lake`
    const [from, to] = [openStorage(await local.open()), openStorage(uri)]
    for (const { path } of await from.list('')) await to.put(path, (await from.read(path))?.body ?? '')
    return uri
  },
}

function materialized(uri: string, env: NodeJS.ProcessEnv): void {
  const { status, stderr } = lake(['materialize', '--lake', uri, ...INPUT], { cwd: project, env })
  expect(status, stderr).toBe(0)
}

/** Maps each path below the directory to the content of the file. */
function contents(directory: string): Readonly<Record<string, string>> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = entries.map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(paths.map((path) => [relative(directory, path), readFileSync(path, 'latin1')]))
}

const places = server ? [local, onS3] : [local]

describe.each(places)('in $name', ({ name, open, env }) => {
  /**
   * On S3 each command takes a second or more, so one of the cases represents the others. `npm run
   * fuzz` tries all of them.
   */
  const some = <Case>(cases: readonly Case[]) => (IS_FUZZ || name === local.name ? cases : cases.slice(0, 1))

  let uri = ''
  let storage: Storage
  /**
   * The directory that a forged name would reach by climbing out of the lake, or out of the
   * directories of runs.
   */
  let victim = ''
  let before: Readonly<Record<string, string>> = {}

  beforeEach(async () => {
    uri = await open()
    storage = openStorage(uri)
    victim = join(uri.startsWith('s3:') ? tmpdir() : dirname(uri), `victim-${process.pid}`)
    writeFiles(victim, { kept: 'kept', [`${RUN}/kept`]: 'kept', 'rejects.ndjson.gz': 'kept' })
    for (const path of [victim, join(victim, RUN), join(victim, RUN, 'kept')]) utimesSync(path, BEFORE, BEFORE)
    before = contents(victim)
  })

  const at = (...args: string[]): LakeResult => lake([...args, '--lake', uri, ...INPUT], { cwd: project, env })

  /**
   * Runs every command that reads a lake. None may report a bug, or change the directory `victim`.
   */
  function allCommands(): readonly LakeResult[] {
    const results = [
      at('materialize'),
      at('materialize', '--full', 'song_data'),
      at('status'),
      at('runs'),
      at('rejects', 'log_data'),
      at('vacuum', '--older-than', '0d'),
      at('verify', 'songs'),
      at('query', 'select count(*) as n from songs'),
    ]
    for (const { stderr } of results) expect(stderr).not.toContain('this is a bug')
    expect(contents(victim)).toEqual(before)
    return results
  }

  const claim = (fields: object) =>
    JSON.stringify({ key: 'songs', runId: RUN, host: 'elsewhere', pid: 1, expiresAt: PAST, ...fields })
  const climbing = () =>
    uri.startsWith('s3:')
      ? [`../victim-${process.pid}`]
      : [`../../../victim-${process.pid}`, `../../../victim-${process.pid}/${RUN}`]

  it('a claim whose run ID climbs out of a directory deletes nothing, and stops no run', async () => {
    const runs = [...climbing(), '', '.', '..', `${RUN}/../../..`, victim]
    // Each asset has such a claim, with another run ID.
    for (const [index, runId] of some(runs).entries()) {
      const key = ASSETS[index] ?? ''
      await storage.put(`_lake/claims/${key}.00000099.json`, claim({ runId, key }))
    }
    const result = at('materialize', '--full')
    expect(result, result.stderr).toMatchObject({ status: 0 })
    expect(contents(victim)).toEqual(before)
    for (const key of ASSETS) await storage.delete(`_lake/claims/${key}.00000099.json`)
    for (const { status, stderr } of allCommands()) expect(status, stderr).toBe(0)
  })

  it('documents with a wrong shape stop no run', async () => {
    const texts = some([
      'null',
      '[]',
      '{"key":',
      '{"key":{"a":1},"runId":7,"host":null,"pid":"x","expiresAt":{}}',
      `"${'x'.repeat(3_000_000)}"`,
    ])
    const runs = texts.map((_, index) => RUN.replace(/..$/, `b${index}`))
    for (const [index, text] of texts.entries()) {
      const [key, run] = [KEYS[index], runs[index]]
      for (const path of [
        `_lake/claims/${key}.00000099.json`,
        `_lake/claims/_files.0000009${index}.json`,
        `_lake/failures/${key}.json`,
        `_lake/runs/${run}.ndjson`,
        `_lake/runs/x${index}.ndjson`,
        `_lake/spark/clusters/${run}.json`,
        `_lake/spark/intents/lake_${run}/_cluster/1.json`,
        `_lake/spark/${run}/session-1/0.spec.json`,
      ]) {
        await storage.put(path, text)
      }
      // The newest claim counts.
      expect(at('vacuum', '--older-than', '0d')).toMatchObject({ status: 0 })
    }
    for (const { status, stderr } of allCommands()) expect(status, stderr).toBe(0)
    for (const run of runs) expect(at('run', run).status).toBeLessThan(3)
    expect(await listRuns(storage)).toEqual(expect.arrayContaining(runs))
  })

  /** Changes the newest commit of a table. */
  async function changeCommit(table: string, change: (lake: never) => object): Promise<void> {
    const names = await storage.names(`${table}/_delta_log`)
    const path = `${table}/_delta_log/${names.findLast((name) => /^\d{20}\.json$/.test(name))}`
    const lines = Buffer.from((await storage.read(path))?.body ?? [])
      .toString()
      .trimEnd()
      .split('\n')
    const changed = lines.map((line) => {
      const action = JSON.parse(line)
      if (action.commitInfo) action.commitInfo.lake = change(action.commitInfo.lake as never)
      return JSON.stringify(action)
    })
    await storage.put(path, changed.join('\n'))
  }

  const provenances: readonly (readonly [string, (lake: never) => object])[] = [
    ['a manifest elsewhere', (lake) => withSource(lake, { manifest: '../victim/manifest-1.json.gz' })],
    ['rejects elsewhere', (lake) => withSource(lake, { rejects: `${'../'.repeat(9)}etc/rejects-1.ndjson.gz` })],
    ['another file of the lake', (lake) => withSource(lake, { rejects: '_lake/runs/x.ndjson' })],
    ['no shape', () => ({ format: 1, content: {}, code: {} })],
    ['a run that climbs', (lake) => ({ ...(lake as object), runId: '../../x' })],
    [
      'sums that are none',
      (lake) => ({ ...(lake as object), content: { algorithm: 'a', rows: 1, columns: { a: 'x' } } }),
    ],
  ]
  const withSource = (lake: { readonly source?: object }, fields: object) => ({
    ...lake,
    source: { ...lake.source, ...fields },
  })

  it.each(some(provenances))(
    'a commit that names %s stops only its own table, and the error names it',
    async (_, change) => {
      await changeCommit('log_data', change)
      for (const command of [
        ['materialize', 'log_data'],
        ['rejects', 'log_data'],
        ['vacuum', '--older-than', '0d'],
      ]) {
        const { status, stderr } = at(...command)
        expect(status, stderr).toBe(1)
        expect(stderr).toContain(`${uri}/log_data`)
        expect(stderr).not.toContain('this is a bug')
      }
      expect(at('status').stdout).toContain('commitInfo.lake')
      expect(at('materialize', 'songs', '--full')).toMatchObject({ status: 0 })
      expect(contents(victim)).toEqual(before)
    },
  )

  it('a manifest that unpacks to gigabytes is not unpacked, and the error names the manifest', async () => {
    const [name = ''] = await storage.names('_lake/sources/song_data')
    // Zeros, slightly more than lake accepts, in a few equal pieces.
    const piece = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    await storage.put(`_lake/sources/song_data/${name}`, Buffer.concat(Array.from({ length: 7 }, () => piece)))
    const status = at('status')
    expect(status.status).toBe(0)
    expect(status.stdout).toContain(name)
    // The source is read anew.
    expect(at('materialize', 'song_data').status).toBe(0)
    expect(at('status').stdout).not.toContain(name)
  })

  const invalid = [
    '{"format":2,"directories":[{"path":"","names":"a","count":2,"sizes":1,"etags":1,"rows":1,"rejected":0}]}',
    ...['null', '{"path":["a"],"size":[],"etag":[],"rows":[],"rejected":[]}'],
  ]

  it.each(some(invalid))('an invalid manifest is named, and lake reads the source anew: %s', async (text) => {
    const [name = ''] = await storage.names('_lake/sources/song_data')
    expect(
      JSON.parse(gunzipSync((await storage.read(`_lake/sources/song_data/${name}`))?.body ?? '').toString()),
    ).toHaveProperty('directories')
    await storage.put(`_lake/sources/song_data/${name}`, gzipSync(text))
    const { status, stdout, stderr } = at('materialize', 'song_data')
    expect(status).toBe(0)
    expect(stdout + stderr).toContain(name)
    expect(at('materialize', 'log_data', '--full').status).toBe(0)
  })

  it('lake ignores a claim of a run whose host name has control characters', async () => {
    const expiresAt = new Date(Date.now() + 600_000).toISOString()
    await storage.put('_lake/claims/songs.00000099.json', claim({ host: `${hostname()}\u001b[2J\nforged`, expiresAt }))
    expect(at('status').stdout).not.toMatch(/^forged/m)
    expect(at('status').stdout).not.toMatch(UNSHOWN)
    expect(at('materialize', 'songs', '--full').status).toBe(0)
  })

  it('the events of past runs are shown without control characters', async () => {
    const said = 'so\u001b[2J\u009b2J\u202e\nforged'
    const of = { runId: RUN, at: PAST }
    const events = [
      { type: 'run-started', ...of, lake: 'l', engine: null, selection: [], steps: [] },
      { type: 'run-started', ...of, lake: said, engine: said, selection: [said], steps: [] },
      { type: 'run-warned', ...of, message: said },
      { type: 'job-placed', ...of, name: said, where: said, takenUp: false },
      { type: 'cost-estimated', ...of, cost: said },
    ]
    await storage.put(`_lake/runs/${RUN}.ndjson`, events.map((event) => JSON.stringify(event)).join('\n'))
    const error = { code: 'query-failed', message: said }
    await storage.put('_lake/failures/songs.json', JSON.stringify({ ...of, error }))
    const shown = [at('runs'), at('run', RUN), at('status'), at('show', 'songs'), at('history', 'songs')]
    for (const { status, stdout, stderr } of [...shown, at('run', RUN, '--json'), at('status', '--json')]) {
      expect(status, stderr).toBe(0)
      expect(stdout + stderr).not.toMatch(UNSHOWN)
    }
    for (const { stdout } of shown) expect(stdout).not.toMatch(/^forged/m)
  })
})

describe('symbolic links in a local lake', () => {
  let uri = ''
  let elsewhere = ''
  const at = (...args: string[]): LakeResult => lake([...args, '--lake', uri, ...INPUT], { cwd: project, env: ENV })

  beforeEach(async () => {
    uri = await local.open()
    elsewhere = join(dirname(uri), 'elsewhere')
  })

  it('are not followed by a vacuum, whether they replace a table’s directory or a run’s', () => {
    writeFiles(elsewhere, { 'part-old.parquet': 'somebody’s own', [`${RUN}/part`]: 'somebody’s own' })
    mkdirSync(join(elsewhere, 'songs'))
    renameSync(join(uri, 'songs'), join(elsewhere, 'moved'))
    symlinkSync(join(elsewhere, 'moved'), join(uri, 'songs'))
    writeFiles(join(elsewhere, 'moved'), { 'part-old.parquet': 'left' })
    const kept = contents(elsewhere)
    for (const path of ['part-old.parquet', `${RUN}/part`, RUN, 'moved/part-old.parquet']) {
      utimesSync(join(elsewhere, path), BEFORE, BEFORE)
    }
    expect(at('vacuum', '--older-than', '0d')).toMatchObject({ status: 0 })
    expect(contents(elsewhere)).toEqual(kept)
    expect(at('query', 'select count(*) from songs').status).toBe(0)
  })

  it('are refused in place of the directory of runs', () => {
    writeFiles(elsewhere, { [`${RUN}/part`]: 'somebody’s own' })
    renameSync(join(uri, '_lake/scratch'), join(uri, '_lake/scratch-before'))
    symlinkSync(elsewhere, join(uri, '_lake/scratch'))
    const kept = contents(elsewhere)
    for (const command of [['vacuum'], ['materialize', '--full', 'songs']]) {
      const { status, stderr } = at(...command)
      expect(status).toBe(1)
      expect(stderr).toContain('_lake/scratch is behind a link')
    }
    expect(contents(elsewhere)).toEqual(kept)
  })
})

describe('names that look like patterns', () => {
  it('are plain names: a lake in a directory with such a name has only its own rows', () => {
    const directory = temporaryDirectory()
    const env = ENV
    for (const name of ['a', '[a]*?', '{a}']) {
      writeFiles(directory, { [`${name}/input/song_data/a.json`]: songLine({ title: name }) })
      const places = ['--lake', join(directory, name, 'lake'), '--input', join(directory, name, 'input')]
      for (const args of [
        ['materialize', 'songs'],
        ['materialize', 'songs', '--full'],
      ]) {
        const { status, stderr } = lake([...args, ...places], { cwd: project, env })
        expect(status, stderr).toBe(0)
      }
      const { stdout } = lake(['query', 'select title from songs', '--json', ...places], { cwd: project, env })
      expect(JSON.parse(stdout)).toEqual([{ title: name }])
    }
  })

  it('are plain names in a commit: lake reads no other file because of them', async () => {
    const uri = await local.open()
    const storage = openStorage(uri)
    const [log = ''] = await storage.names('song_data/_delta_log')
    const path = `song_data/_delta_log/${log}`
    const text = Buffer.from((await storage.read(path))?.body ?? []).toString()
    await storage.put(path, text.replace(/"path":"part-[^"]*"/, '"path":"part-%2A.parquet"'))
    const { status, stderr } = lake(['query', 'select * from song_data', '--lake', uri, ...INPUT], {
      cwd: project,
      env: ENV,
    })
    expect(status).not.toBe(0)
    expect(stderr).toContain('part-')
  })
})
