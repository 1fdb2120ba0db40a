import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { claimAssets } from '../../framework/run/claims.ts'
import { newRunId } from '../../framework/run/run-id.ts'
import { localStorage } from '../../framework/storage/local/local-storage.ts'
import { commitWrongRows, onlyFile, overwriteFile } from '../support/damage.ts'
import { lake, writeFiles } from '../support/lake-process.ts'
import { edit } from '../support/project-copy.ts'
import { document } from '../support/run-events.ts'
import { playLine, songLine } from '../support/source-lines.ts'
import { PLACES, standingProject } from '../support/standing-project.ts'

const OCTOBER = 1_540_000_000_000
const NOVEMBER = 1_542_837_407_796
const TABLES = ['artists', 'songplays', 'songs', 'time', 'users']
const ASSETS = ['log_data', 'song_data', ...TABLES].toSorted()

/** Two songs; two plays of user 8 in October, one of user 15 in November; and a line that is refused. */
const INPUT = {
  'input/song_data/elena.json': songLine(),
  'input/song_data/camila.json': songLine({
    ...{ song_id: 'SO2', title: 'Bring Me', artist_id: 'AR2', artist_name: 'Camila', year: 2010, duration: 200.5 },
  }),
  'input/log_data/october.json': [0, 1]
    .map((item) => playLine({ ts: OCTOBER + item, itemInSession: item, sessionId: 10, userId: '8', level: 'free' }))
    .join('\n'),
  'input/log_data/november.json': playLine({ ts: NOVEMBER }),
  'input/log_data/refused.json': `${Array.from({ length: 120 }, () => playLine({ page: 'Home' })).join('\n')}\nno JSON`,
}
/** User 8 pays from now on: log_data, songplays, time and users come to a version 1. */
const UPGRADE = {
  'input/log_data/december.json': playLine({ ts: NOVEMBER + 1e9, sessionId: 30, userId: '8', level: 'paid' }),
}

let directory = ''
const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: directory })
const json = (...args: string[]) => document(at(...args, '--json'))
const inLake = (...path: string[]) => join(directory, 'tables', ...path)
const storage = () => localStorage(inLake())
const rows = (sql: string, ...more: string[]) => JSON.parse(at('query', sql, '--json', ...more).stdout)
const levels = (...more: string[]) => rows('select user_id, level from users order by 1', ...more)
const FREE = [
  { user_id: '15', level: 'paid' },
  { user_id: '8', level: 'free' },
]
const PAID = [
  { user_id: '15', level: 'paid' },
  { user_id: '8', level: 'paid' },
]

function materialize(...args: string[]): void {
  const { status, stderr } = at('materialize', ...args)
  expect(status, stderr).toBe(0)
}

function upgrade(): void {
  writeFiles(directory, UPGRADE)
  materialize()
}

/** Asset -> its state. */
function states(): Readonly<Record<string, string>> {
  const { assets } = json('status')
  return Object.fromEntries(assets.map(({ key, state }: { key: string; state: string }) => [key, state]))
}

/** Holds claims as a run does until the test ends. */
async function claim(...keys: string[]): Promise<string> {
  const runId = newRunId(new Date())
  const claimed = await claimAssets(storage(), keys, runId)
  if (claimed.kind === 'held') throw new Error(`held by ${claimed.by.runId}`)
  onTestFinished(() => claimed.held.release())
  return runId
}

/** Every file of the lake, but for what a claim that was given back leaves. */
function files(): readonly string[] {
  const names = readdirSync(inLake(), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => statSync(inLake(name)).isFile() && !name.startsWith('_lake/claims/')).toSorted()
}

standingProject(INPUT, (copy) => {
  directory = copy
})

describe('verify', () => {
  const verify = (...args: string[]) => {
    const result = at('verify', ...args, '--json')
    return { status: result.status, assets: document(result).assets }
  }
  const results = (verified: ReturnType<typeof verify>) =>
    Object.fromEntries(verified.assets.map(({ key, result }: { key: string; result: string }) => [key, result]))
  const all = (result: string) => Object.fromEntries(ASSETS.map((key) => [key, result]))

  it('finds every asset equal to its rebuild, after a first run and after an incremental one, and leaves nothing behind', () => {
    const before = files()
    const first = verify()
    expect(first.status).toBe(0)
    expect(results(first)).toEqual(all('equal'))
    expect(first.assets).toContainEqual({
      ...{ key: 'songplays', result: 'equal', version: 0, rows: 3, missing: 0, extra: 0, sample: [] },
      ...{ sinceVersion: null, since: null, why: null },
    })
    expect(files()).toEqual(before)
    upgrade()
    rmSync(join(directory, 'input/log_data/november.json'))
    materialize()
    expect(results(verify())).toEqual(all('equal'))
    expect(existsSync(inLake('_lake/scratch')) ? readdirSync(inLake('_lake/scratch')) : []).toEqual([])
  })

  it('takes the selection, and leaves out what has not been built', () => {
    expect(Object.keys(results(verify('+users')))).toEqual(['log_data', 'users'])
    rmSync(inLake('users'), { recursive: true })
    expect(results(verify('users'))).toEqual({})
    expect(at('verify', 'users').stdout).toBe('Nothing to verify: nothing that is selected has been built.\n')
    expect(at('verify', 'nobody')).toMatchObject({ status: 2, stderr: expect.stringContaining('nobody') })
  })

  it('verifies a table against what it was made from, though its upstream has moved on', () => {
    writeFiles(directory, UPGRADE)
    materialize('log_data')
    expect(states().users).toBe('stale')
    expect(results(verify())).toEqual(all('equal'))
  })

  it('finds a wrong row in a data file, and the version that the file came with', async () => {
    upgrade()
    materialize('users', '--full')
    const { path } = await onlyFile(inLake(), 'users')
    await overwriteFile(inLake('users', path), "SELECT * REPLACE (if(user_id = '8', 'X', gender) AS gender) FROM rows")
    const found = verify()
    expect(found.status).toBe(1)
    expect(results(found)).toEqual({ ...all('equal'), users: 'different' })
    const user = { user_id: '8', first_name: 'Lily', last_name: 'Koch', level: 'paid' }
    expect(found.assets.find(({ key }: { key: string }) => key === 'users')).toMatchObject({
      ...{ version: 2, rows: 2, missing: 1, extra: 1, sinceVersion: 1, why: null },
      sample: [
        { difference: 'missing', row: { ...user, gender: 'F' }, sinceVersion: null },
        { difference: 'extra', row: { ...user, gender: 'X' }, sinceVersion: 1 },
      ],
    })
  })

  it('names the commit that brought a wrong row in, also when others came after it', async () => {
    upgrade()
    const wrong = await commitWrongRows(
      inLake(),
      'users',
      "SELECT * REPLACE ('X' AS gender) FROM rows WHERE user_id = '8'",
    )
    expect(wrong).toBe(2)
    await commitWrongRows(inLake(), 'users', 'SELECT * FROM rows')
    const found = verify('users')
    expect(found.status).toBe(1)
    expect(found.assets).toMatchObject([
      {
        ...{ result: 'different', version: 3, missing: 2, extra: 1, sinceVersion: 2 },
        since: { version: 2, operation: 'WRITE', runId: expect.any(String) },
        sample: [
          { difference: 'missing', row: { user_id: '15', gender: 'F' }, sinceVersion: 2 },
          { difference: 'missing', row: { user_id: '8', gender: 'F' }, sinceVersion: 2 },
          { difference: 'extra', row: { user_id: '8', gender: 'X' }, sinceVersion: 2 },
        ],
      },
    ])
    const text = at('verify', 'users')
    expect(text.status).toBe(1)
    expect(text.stdout).toMatch(
      /^users {2}different +2 rows missing, 1 row too many, .*since version 2 \(WRITE of run /,
    )
    // Whatever the log says of the rows that stand: a full rebuild reads them.
    materialize('users', '--full')
    expect(results(verify('users'))).toEqual({ users: 'equal' })
  })

  it('counts copies of a row, and shows as many rows as it is asked for', async () => {
    await commitWrongRows(inLake(), 'log_data', 'FROM rows UNION ALL FROM rows WHERE _line < 4')
    const { assets } = verify('log_data', '--limit', '2')
    expect(assets).toMatchObject([{ missing: 0, extra: 6, sinceVersion: 1, sample: [{}, {}] }])
    expect(assets[0].sample).toHaveLength(2)
  })

  it('does not take what is stale for wrong', () => {
    edit(directory, 'assets/users.ts', ["'<>', ''", "'<>', '8'"])
    writeFiles(directory, UPGRADE)
    const found = verify()
    expect(found.status).toBe(0)
    expect(results(found)).toEqual({ ...all('equal'), users: 'not-verified', log_data: 'not-verified' })
    const why = Object.fromEntries(found.assets.map(({ key, why }: { key: string; why: string }) => [key, why]))
    expect(why.users).toContain('changed since it was built')
    expect(why.log_data).toBe('1 of its files came, changed or went since it was read: it is stale, which is not wrong')
  })

  it('says where the input versions are not there any more, or are others', () => {
    const [file = ''] = readdirSync(inLake('log_data')).filter((name) => name.startsWith('part-'))
    writeFiles(directory, UPGRADE)
    materialize('log_data')
    renameSync(inLake('log_data', file), inLake('log_data', 'moved'))
    const [gone] = verify('users').assets
    expect(gone).toMatchObject({
      result: 'not-verified',
      why: expect.stringContaining('version 0 of log_data, its input,'),
    })
    rmSync(inLake('log_data'), { recursive: true })
    expect(verify('users').assets[0].why).toBe('version 0 of log_data, its input, no longer exists')
    materialize('log_data')
    const other = verify('users')
    expect(other.status).toBe(0)
    expect(other.assets[0].why).toBe('version 0 of log_data is not the one that it was built from')
  })

  it('fails at a table that has lost a data file, and goes on with the others', async () => {
    const { path } = await onlyFile(inLake(), 'users')
    rmSync(inLake('users', path))
    const found = verify()
    expect(found.status).toBe(1)
    expect(results(found)).toEqual({ ...all('equal'), users: 'not-verified' })
    expect(found.assets.find(({ key }: { key: string }) => key === 'users')).toMatchObject({
      error: { code: 'corrupt-table', message: expect.stringContaining(path) },
    })
  })
})

describe('rollback', () => {
  it('brings the rows of an earlier version back; the table is stale then, and so is what depends on it', () => {
    upgrade()
    expect(levels()).toEqual(PAID)
    const rolledBack = json('rollback', 'users', '--to', '0')
    expect(rolledBack).toEqual({
      ...{ asset: 'users', to: 0, outcome: 'rolled-back', from: 1, version: 2, rows: 2, runId: expect.any(String) },
    })
    expect(levels()).toEqual(FREE)
    expect(levels('--at', 'users=1')).toEqual(PAID)
    expect(states()).toEqual({ ...Object.fromEntries(ASSETS.map((key) => [key, 'fresh'])), users: 'stale' })
    const [newest] = json('history', 'users').versions
    expect(newest).toMatchObject({ version: 2, operation: 'ROLLBACK', runId: rolledBack.runId, rows: 2 })
    materialize()
    expect(levels()).toEqual(PAID)
  })

  it('of a source takes its files and refused lines back too, and all that is downstream is stale by content', () => {
    writeFiles(directory, { 'input/log_data/refused.json': '' })
    upgrade()
    expect(json('rejects', 'log_data').total).toBe(0)
    expect(at('rollback', 'log_data', '--to', '0').status).toBe(0)
    expect(json('rejects', 'log_data').total).toBe(1)
    const stale = ['log_data', 'songplays', 'time', 'users']
    expect(
      Object.entries(states())
        .flatMap(([key, state]) => (state === 'stale' ? [key] : []))
        .toSorted(),
    ).toEqual(stale)
    const before = rows('select * from songplays order by all')
    materialize()
    expect(states().users).toBe('fresh')
    expect(rows('select * from songplays order by all')).toEqual(before)
    expect(json('verify').assets.every(({ result }: { result: string }) => result === 'equal')).toBe(true)
  })

  it('brings the schema of the earlier version back', () => {
    edit(directory, 'assets/users.ts', ['gender: text().nullable(),', 'sex: text().nullable(),'])
    edit(directory, 'assets/users.ts', ["'gender', 'level']),", "'gender as sex', 'level']),"])
    materialize('users')
    expect(Object.keys(rows('from users')[0])).toContain('sex')
    expect(at('rollback', 'users', '--to', '0').status).toBe(0)
    expect(Object.keys(rows('from users')[0])).toContain('gender')
    expect(Object.keys(rows('from users', '--at', 'users=1')[0])).toContain('sex')
    expect(json('status').assets.find(({ key }: { key: string }) => key === 'users').causes).toMatchObject([
      { kind: 'code-changed', changes: expect.arrayContaining(['column sex added']) },
    ])
    materialize('users')
    expect(Object.keys(rows('from users')[0])).toContain('sex')
  })

  it('to the newest version does nothing and says so', () => {
    const before = files()
    expect(at('rollback', 'users', '--to', '0')).toMatchObject({
      ...{ status: 0, stdout: 'Nothing to do: version 0 is the newest of users.\n' },
    })
    expect(json('rollback', 'users', '--to', '0')).toMatchObject({ outcome: 'unchanged', version: 0 })
    expect(files()).toEqual(before)
  })

  it('refuses a version that is not there, and one whose files were vacuumed, which it names', async () => {
    expect(at('rollback', 'users', '--to', '7')).toMatchObject({
      ...{
        status: 2,
        stderr:
          'lake: There is no version 7 of users: it has only version 0. Run lake --lake tables --input input history users to list its versions.\n',
      },
    })
    expect(at('rollback', 'users').status).toBe(2)
    expect(at('rollback', 'users', '--to', 'x').status).toBe(2)
    expect(at('rollback', 'nobody', '--to', '0').status).toBe(2)
    const { path } = await onlyFile(inLake(), 'users')
    upgrade()
    expect(at('vacuum', '--older-than', '0d').status).toBe(0)
    const refused = at('rollback', 'users', '--to', '0')
    expect(refused.status).toBe(2)
    expect(refused.stderr).toContain(`users/${path} is missing`)
    expect(json('history', 'users').versions).toHaveLength(2)
    rmSync(inLake('users'), { recursive: true })
    expect(at('rollback', 'users', '--to', '0')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('not been built'),
    })
  })

  it('waits for nobody: what a run is building, or a vacuum may delete, ends with 3', async () => {
    upgrade()
    const runId = await claim('users')
    expect(at('rollback', 'users', '--to', '0')).toMatchObject({ status: 3, stderr: expect.stringContaining(runId) })
    await claim('_files')
    expect(at('rollback', 'time', '--to', '0')).toMatchObject({ status: 3 })
    expect(levels()).toEqual(PAID)
  })
})

describe('diff', () => {
  it('shows which rows came, went and changed', () => {
    upgrade()
    expect(json('diff', 'users', '0', '1')).toEqual({
      ...{ asset: 'users', from: 0, to: 1, key: ['user_id'], removed: 0, added: 0, changed: 1 },
      columns: { added: [], removed: [], retyped: [] },
      sample: [
        { change: 'changed', before: expect.objectContaining(FREE[1]), after: expect.objectContaining(PAID[1]) },
      ],
    })
    expect(at('diff', 'users', '0', '1').stdout).toBe(
      'users, version 0 to 1: 0 rows added, 0 removed, 1 changed\n~ "8"  level "free" -> "paid"\n',
    )
    expect(json('diff', 'songplays', '1', '0')).toMatchObject({ removed: 1, added: 0, sample: [{ change: 'removed' }] })
    expect(json('diff', 'users', '1', '1')).toMatchObject({ removed: 0, added: 0, changed: 0, sample: [] })
    expect(at('diff', 'songs', '0', '0').stdout).toBe('songs, version 0 to 0: the same rows.\n')
  })

  it('does not read the files that both versions have', () => {
    const october = readdirSync(inLake('songplays')).filter((name) => name.startsWith('part-'))
    upgrade()
    const before = json('diff', 'songplays', '0', '1')
    expect(before).toMatchObject({ added: 1, removed: 0, changed: 0 })
    for (const name of october) rmSync(inLake('songplays', name))
    expect(json('diff', 'songplays', '0', '1')).toEqual(before)
  })

  it('shows so many rows of each kind as it is asked for', () => {
    upgrade()
    rmSync(join(directory, 'input/log_data/october.json'))
    materialize()
    expect(json('diff', 'songplays', '0', '2', '--limit', '1')).toMatchObject({
      removed: 2,
      added: 1,
      sample: [{}, {}],
    })
    expect(at('diff', 'songplays', '0', '2', '--limit', '1').stdout).toContain('--limit N shows more')
    expect(at('diff', 'songplays', '0', '2', '--limit', '0').status).toBe(2)
  })

  it('compares what two schemas have in common, and says what they have not', () => {
    edit(directory, 'assets/users.ts', ['gender: text().nullable(),', 'sex: text().nullable(),'])
    edit(directory, 'assets/users.ts', ["'gender', 'level']),", "'gender as sex', 'level']),"])
    upgrade()
    const { columns, changed, sample } = json('diff', 'users', '0', '1')
    expect({ columns, changed }).toEqual({ columns: { added: ['sex'], removed: ['gender'], retyped: [] }, changed: 1 })
    expect(Object.keys(sample[0].after)).toEqual(['user_id', 'first_name', 'last_name', 'level'])
  })

  it('refuses versions that are not there or were vacuumed', () => {
    upgrade()
    expect(at('diff', 'users', '0', '9')).toMatchObject({ status: 2, stderr: expect.stringContaining('no version 9') })
    expect(at('diff', 'users', '0').status).toBe(2)
    expect(at('diff', 'users', '0', 'x').status).toBe(2)
    expect(at('vacuum', '--older-than', '0d').status).toBe(0)
    const refused = at('diff', 'users', '0', '1')
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('version 0 of users cannot be read any more'),
    })
    expect(at('query', 'from users', '--at', 'users=0')).toMatchObject({
      ...{ status: 2, stderr: expect.stringContaining('version 0 of users cannot be read any more') },
    })
  })
})

describe('vacuum', () => {
  const deletedBy = (...args: string[]): readonly string[] =>
    json('vacuum', ...args).deleted.map(({ path }: { path: string }) => path)

  it('deletes nothing that was the newest version within a week', () => {
    upgrade()
    const before = files()
    expect(json('vacuum')).toMatchObject({ deleted: [], bytes: 0, dryRun: false })
    expect(at('vacuum').stdout).toMatch(/^Nothing to delete\.\n\nKept:\n/)
    expect(files()).toEqual(before)
  })

  it('deletes what no kept version needs, and keeps every version that it says it keeps', () => {
    upgrade()
    materialize('songs', '--full')
    writeFiles(directory, { 'input/song_data/elena.json': songLine({ title: 'Setanta nits' }) })
    materialize('songs')
    const before = files()
    const planned = json('vacuum', '--older-than', '0d', '--dry-run')
    expect(planned.dryRun).toBe(true)
    expect(files()).toEqual(before)
    const done = json('vacuum', '--older-than', '0d')
    expect({ ...done, dryRun: true }).toEqual(planned)
    const paths = done.deleted.map(({ path }: { path: string }) => path)
    expect(files()).toEqual(before.filter((path) => !paths.includes(path)))
    const directories = new Set(paths.map((path: string) => path.slice(0, path.lastIndexOf('/'))))
    expect([...directories].toSorted()).toEqual(['_lake/sources/log_data', 'songs', 'users'])
    expect(done.bytes).toBeGreaterThan(0)
    for (const { asset, from, to } of done.kept.versions) {
      for (let version = from; version <= to; version++) {
        expect(at('query', `from ${asset}`, '--at', `${asset}=${version}`).status, `${asset}=${version}`).toBe(0)
      }
    }
    expect(json('verify').assets.every(({ result }: { result: string }) => result === 'equal')).toBe(true)
    expect(json('rejects', 'log_data').total).toBe(1)
    expect(deletedBy('--older-than', '0d')).toEqual([])
  })

  it('keeps the version that a standing table was made from, so that it can be verified', () => {
    writeFiles(directory, { 'input/log_data/october.json': playLine({ ts: OCTOBER, sessionId: 11, userId: '9' }) })
    materialize('log_data')
    const { kept, deleted } = json('vacuum', '--older-than', '0d')
    expect(deleted).toEqual([])
    expect(kept.versions).toContainEqual({
      ...{ asset: 'log_data', from: 0, to: 0, why: 'what songplays, time, users was made from' },
    })
    expect(json('verify', 'users').assets).toMatchObject([{ result: 'equal' }])
    materialize()
    expect(deletedBy('--older-than', '0d')).toEqual(expect.arrayContaining([expect.stringMatching(/^log_data\/part-/)]))
  })

  it('deletes what a run left that was killed before it published, unless a run is at work', async () => {
    writeFiles(inLake(), {
      'users/part-0.parquet': 'never published',
      '_lake/sources/log_data/manifest-0.json.gz': 'never published',
      'users/.tmp-0': 'half',
      'users/README': 'somebody’s own',
      'stranger/part-0.parquet': 'another project’s',
    })
    const before = files()
    const runId = await claim('users', 'songs')
    const { deleted, kept } = json('vacuum', '--older-than', '0d')
    expect(deleted).toEqual([])
    expect(kept.files).toEqual([
      { path: 'users/.tmp-0', size: 4, why: 'half-written, less than an hour ago' },
      { path: 'users/part-0.parquet', size: 15, why: `${runId} is building users` },
      {
        path: '_lake/sources/log_data/manifest-0.json.gz',
        size: 15,
        why: `less than an hour old while ${runId} is at work`,
      },
    ])
    expect(files()).toEqual(before)
  })

  it('deletes it once no run is at work', () => {
    writeFiles(inLake(), {
      'users/part-0.parquet': 'never published',
      '_lake/sources/log_data/manifest-0.json.gz': 'never published',
      'users/README': 'somebody’s own',
      'stranger/part-0.parquet': 'another project’s',
    })
    expect(deletedBy()).toEqual(['users/part-0.parquet', '_lake/sources/log_data/manifest-0.json.gz'])
    expect(existsSync(inLake('users/README')) && existsSync(inLake('stranger/part-0.parquet'))).toBe(true)
  })

  it('keeps what a run that is at work may still be reading', async () => {
    await claim('songs')
    upgrade()
    const { deleted, kept } = json('vacuum', '--older-than', '0d')
    expect(deleted).toEqual([])
    expect(kept.versions).toContainEqual({ asset: 'users', from: 0, to: 0, why: 'the newest within the retention' })
  })

  it('clears away the scratch directory of a dead run, and not that of a run at work', async () => {
    const claimed = await claim('users')
    const runId = '20181121T215647796Z-00dead'
    const dead = {
      ...{ key: 'songs', runId },
      host: hostname(),
      pid: 4_194_305,
      expiresAt: '2999-01-01T00:00:00.000Z',
    }
    writeFiles(inLake(), {
      '_lake/claims/songs.00000099.json': JSON.stringify(dead),
      [`_lake/scratch/${runId}/songs/part.parquet`]: 'unfinished',
    })
    mkdirSync(inLake('_lake/scratch', claimed))
    writeFileSync(inLake('_lake/scratch', claimed, 'part.parquet'), 'unfinished')
    expect(json('vacuum').deleted).toEqual([{ path: `_lake/scratch/${runId}`, size: 10, why: 'its run is dead' }])
    expect(readdirSync(inLake('_lake/scratch'))).toEqual([claimed])
  })

  it('refuses what is no time, and to run twice at once', async () => {
    for (const time of ['7', 'd', '-1d', '1.5h', '7 days']) {
      expect(at('vacuum', `--older-than=${time}`), time).toMatchObject({ status: 2 })
    }
    await claim('_files')
    expect(at('vacuum')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('files are being deleted or rolled back'),
    })
    expect(at('vacuum', '--dry-run').status).toBe(0)
  })
})
