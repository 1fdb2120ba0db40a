// `lake verify` compares the newest versions with a rebuild from their provenance.
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commitWrongRows, onlyFile, overwriteFile } from '../../support/lakes/damage.ts'
import { writeFiles } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { edit } from '../../support/projects/project-copy.ts'
import { UPGRADE, versionedProject } from '../../support/projects/versioned-project.ts'

const project = versionedProject()
const { at, inLake, materialize, upgrade, states, files } = project
const ASSETS = ['artists', 'log_data', 'song_data', 'songplays', 'songs', 'time', 'users']

describe('lake verify', () => {
  const verify = (...args: string[]) => {
    const result = at('verify', ...args, '--json')
    return { status: result.status, assets: document(result).assets }
  }
  const results = (verified: ReturnType<typeof verify>) =>
    Object.fromEntries(verified.assets.map(({ key, result }: { key: string; result: string }) => [key, result]))
  const all = (result: string) => Object.fromEntries(ASSETS.map((key) => [key, result]))

  it('finds every asset equal to its rebuild, after a full and after an incremental run, and leaves no files', () => {
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
    rmSync(join(project.directory(), 'input/log_data/november.json'))
    materialize()
    expect(results(verify())).toEqual(all('equal'))
    expect(existsSync(inLake('_lake/scratch')) ? readdirSync(inLake('_lake/scratch')) : []).toEqual([])
  })

  it('verifies the selected assets, except those that have not been built', () => {
    expect(Object.keys(results(verify('+users')))).toEqual(['log_data', 'users'])
    rmSync(inLake('users'), { recursive: true })
    expect(results(verify('users'))).toEqual({})
    expect(at('verify', 'users').stdout).toBe('Nothing to verify: no selected asset has been built.\n')
    expect(at('verify', 'nobody')).toMatchObject({ status: 2, stderr: expect.stringContaining('nobody') })
  })

  it('verifies a table against its own input versions, even if an upstream has a newer version', () => {
    writeFiles(project.directory(), UPGRADE)
    materialize('log_data')
    expect(states().users).toBe('stale')
    expect(results(verify())).toEqual(all('equal'))
  })

  it('finds a wrong row in a data file, and the version that added the file', async () => {
    upgrade()
    materialize('users', '--full')
    const { path } = await onlyFile(inLake(), 'users')
    await overwriteFile(inLake('users', path), "SELECT * REPLACE (if(user_id = '8', 'X', gender) AS gender) FROM rows")
    const found = verify()
    expect(found.status).toBe(1)
    expect(results(found)).toEqual({ ...all('equal'), users: 'different' })
    const user = { user_id: '8', first_name: 'Lily', last_name: 'Koch', level: 'paid' }
    expect(found.assets.find(({ key }: { key: string }) => key === 'users')).toMatchObject({
      ...{ version: 1, rows: 2, missing: 1, extra: 1, sinceVersion: 1, why: null },
      sample: [
        { difference: 'missing', row: { ...user, gender: 'F' }, sinceVersion: null },
        { difference: 'extra', row: { ...user, gender: 'X' }, sinceVersion: 1 },
      ],
    })
  })

  it('names the commit that introduced a wrong row, even if later commits followed', async () => {
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
    // The log is wrong about the rows. A full rebuild corrects that, because it reads the rows.
    materialize('users', '--full')
    expect(results(verify('users'))).toEqual({ users: 'equal' })
  })

  it('counts copies of a row, and shows at most --limit rows', async () => {
    await commitWrongRows(inLake(), 'log_data', 'FROM rows UNION ALL FROM rows WHERE _line < 4')
    const { assets } = verify('log_data', '--limit', '2')
    expect(assets).toMatchObject([{ missing: 0, extra: 6, sinceVersion: 1, sample: [{}, {}] }])
    expect(assets[0].sample).toHaveLength(2)
  })

  it('is part of a full refresh, which says which rows earlier refreshes got wrong, and corrects them', async () => {
    const wrong = "SELECT * REPLACE ('X' AS gender) FROM rows WHERE user_id = '8'"
    const version = await commitWrongRows(inLake(), 'users', wrong)
    const refreshed = at('materialize', '--full', '--json')
    expect(refreshed.status).toBe(0)
    const events = refreshed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const warned = events.filter(({ type }) => type === 'step-warned')
    expect(warned).toMatchObject([
      {
        asset: 'users',
        message: `users: the check "the rows are those of a full refresh" fails: version ${version} was made by the same code from the same upstreams, and is not what they give: 1 row missing, 1 row with other values. The rebuilt rows replace it; \`lake diff users ${version} ${version + 1}\` shows them`,
        details: {
          severity: 'warn',
          rows: 2,
          sample: expect.arrayContaining([expect.objectContaining({ change: 'changed' })]),
        },
      },
    ])
    expect(results(verify())).toEqual(all('equal'))
    expect(at('materialize', '--full', '--json').stdout).not.toContain('step-warned')
  })

  it('also happens in a scheduled full refresh, which calls the hooks', async () => {
    const hook = "hooks: [{ onCheckFailed: ({ asset, rows }) => console.error('told:', asset, rows) }],"
    edit(project.directory(), 'config/lake.config.ts', ['  schedules: [', `  ${hook}\n  schedules: [`])
    await commitWrongRows(inLake(), 'users', "SELECT * REPLACE ('X' AS gender) FROM rows WHERE user_id = '8'")
    const { status, stdout, stderr } = at('schedule', 'run', 'daily-full', '--once')
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^\S+ daily-full succeeded \(due /),
      stderr: 'told: users 2\n',
    })
    expect(results(verify())).toEqual(all('equal'))
  })

  it('does not report a stale asset as wrong', () => {
    edit(project.directory(), 'assets/users.ts', ["'<>', ''", "'<>', '8'"])
    writeFiles(project.directory(), UPGRADE)
    const found = verify()
    expect(found.status).toBe(0)
    expect(results(found)).toEqual({ ...all('equal'), users: 'not-verified', log_data: 'not-verified' })
    const why = Object.fromEntries(found.assets.map(({ key, why }: { key: string; why: string }) => [key, why]))
    expect(why.users).toContain('changed since it was built')
    expect(why.log_data).toBe(
      '1 file was added, changed or removed since it was read: it is stale, so it cannot be verified',
    )
  })

  it('says if an input version no longer exists, or differs from the recorded version', () => {
    const [file = ''] = readdirSync(inLake('log_data')).filter((name) => name.startsWith('part-'))
    writeFiles(project.directory(), UPGRADE)
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
