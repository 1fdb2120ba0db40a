/**
 * Which files of a source's directory lake reads, which it does not read, and its messages about
 * them.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lake, writeFiles } from '../../support/programs/lake-process.ts'
import { document, eventsOf, finished } from '../../support/programs/run-events.ts'
import { builtProject, PLACES } from '../../support/projects/built-project.ts'
import { edit } from '../../support/projects/project-copy.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

let directory = ''
const at = (args: readonly string[]) => lake([...args, ...PLACES], { cwd: directory })
const rows = (sql: string) => JSON.parse(at(['query', sql, '--json']).stdout)
const status = (key: string) =>
  document(at(['status', '--json'])).assets.find((asset: { readonly key: string }) => asset.key === key)

builtProject(
  { 'input/song_data/A/TR1.json': songLine({ title: 'RIGHT' }), 'input/log_data/a.json': playLine() },
  (copy) => {
    directory = copy
  },
)

describe('the files of a source', () => {
  it('do not include files in directories of other programs; such files change nothing', () => {
    const halfWritten = songLine({ title: 'HALF-WRITTEN' })
    writeFiles(directory, {
      'input/song_data/_temporary/0/task_1/part-0.json': halfWritten,
      'input/song_data/.staging/part-0.json': halfWritten,
      'input/song_data/A/_delta_log/00000000000000000000.json': halfWritten,
    })
    expect(document(at(['plan', '--json']))).toEqual({ steps: [] })
    expect(at(['materialize', '--full']).status).toBe(0)
    expect(rows('select title from songs')).toEqual([{ title: 'RIGHT' }])
    const doctor = document(at(['doctor', '--json'])).checks
    const found = doctor.find(({ name }: { readonly name: string }) => name === 'source song_data')
    expect(found).toMatchObject({ status: 'ok', found: expect.stringMatching(/: 1 file, and one of them was read$/) })
  })

  it('include files in partition directories, even if the name begins with _', () => {
    writeFiles(directory, { 'input/song_data/_day=1/b.json': songLine({ song_id: 'SO2' }) })
    expect(at(['materialize']).status).toBe(0)
    expect(rows("select count(*)::int as n from song_data where _file = '_day=1/b.json'")).toEqual([{ n: 1 }])
  })

  it('are counted and shown by plan, status, show and doctor if they match no pattern', () => {
    for (const name of ['f.json.xz', 'UPPER.JSON', 'more.jsonl']) {
      writeFiles(directory, { [`input/song_data/${name}`]: songLine() })
    }
    const words = '3 files are not read: the name does not match *.json (UPPER.JSON, f.json.xz, more.jsonl)'
    expect(document(at(['plan', '--json']))).toEqual({ steps: [], warnings: [{ asset: 'song_data', message: words }] })
    expect(status('song_data')).toMatchObject({ state: 'fresh', causes: [], warnings: [words] })
    for (const command of [['plan'], ['status'], ['show', 'song_data']]) {
      expect(at(command).stdout.replace(/\s+/g, ' ')).toContain('UPPER.JSON')
    }
    const doctor = document(at(['doctor', '--json'])).checks
    expect(doctor.find(({ name }: { readonly name: string }) => name === 'source song_data')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('1 file, and one of them was read; 3 files are not read'),
    })
  })

  it('are not reported as ignored if another source reads them in the same directory', () => {
    edit(directory, 'assets/sources.ts', ["key: 'log_data',", "key: 'log_data',\n  pattern: '*.log',"])
    writeFiles(directory, { 'shared/songs.json': songLine(), 'shared/plays.log': playLine() })
    const shared = ['--lake', 'shared-tables', '--source', 'song_data=shared', '--source', 'log_data=shared']
    const of = (...args: readonly string[]) => document(lake([...args, '--json', ...shared], { cwd: directory }))
    expect(lake(['materialize', ...shared], { cwd: directory }).status).toBe(0)
    expect(of('plan')).toEqual({ steps: [] })
    const checks: readonly { readonly name: string; readonly status: string }[] = of('doctor').checks
    expect(checks.filter(({ name }) => name.startsWith('source')).map(({ status }) => status)).toEqual(['ok', 'ok'])
  })

  it('can all be ignored by a first read, which says so', () => {
    rmSync(join(directory, 'tables'), { recursive: true })
    renameSync(join(directory, 'input/song_data/A/TR1.json'), join(directory, 'input/song_data/A/TR1.json.xz'))
    const result = at(['materialize', '--json'])
    const warnings = eventsOf(result).flatMap((event) => (event.type === 'step-warned' ? [event.message] : []))
    expect(warnings).toEqual([
      'song_data has no rows: its only file is not read: no name matches *.json (A/TR1.json.xz)',
    ])
    expect(status('song_data')).toMatchObject({
      state: 'fresh',
      rows: 0,
      warnings: [expect.stringContaining('TR1.json.xz')],
    })
  })

  it('count as deleted if most of them are missing, with a warning before and in the run', () => {
    for (const name of ['b', 'c', 'd']) {
      writeFiles(directory, { [`input/song_data/${name}.json`]: songLine({ song_id: name }) })
    }
    expect(at(['materialize']).status).toBe(0)
    rmSync(join(directory, 'input/song_data/b.json'))
    rmSync(join(directory, 'input/song_data/c.json'))
    expect(document(at(['plan', '--json'])).warnings).toBeUndefined()
    rmSync(join(directory, 'input/song_data/d.json'))
    const words = '3 of the 4 files that it was read from no longer exist, such as b.json'
    expect(document(at(['plan', '--json'])).warnings).toEqual([{ asset: 'song_data', message: words }])
    expect(status('song_data').warnings).toEqual([words])
    const result = at(['materialize', '--json'])
    expect(result.status).toBe(0)
    expect(eventsOf(result)).toContainEqual(expect.objectContaining({ type: 'step-warned', message: words }))
    expect(rows('select count(*)::int as n from songs')).toEqual([{ n: 1 }])
  })

  it('can all disappear if the declaration allows that', () => {
    edit(directory, 'assets/sources.ts', ["key: 'song_data',", "key: 'song_data',\n  allowEmpty: true,"])
    rmSync(join(directory, 'input/song_data/A'), { recursive: true })
    expect(at(['materialize']).status).toBe(0)
    expect(rows('select count(*)::int as n from songs')).toEqual([{ n: 0 }])
  })

  it('can be in a directory to which a link leads, even if that directory has a hidden name', () => {
    renameSync(join(directory, 'input/song_data/A'), join(directory, 'input/song_data/.real'))
    symlinkSync(join(directory, 'input/song_data/.real'), join(directory, 'input/song_data/A'))
    expect(at(['materialize']).status).toBe(0)
    expect(rows('select _file from song_data')).toEqual([{ _file: 'A/TR1.json' }])
  })
})

describe('the missing directories of two sources', () => {
  it('are both named by one message', () => {
    mkdirSync(join(directory, 'inn'))
    const result = lake(['materialize', '--json', '--lake', 'tables', '--input', 'inn'], { cwd: directory })
    expect(result.status).toBe(2)
    const { code, message } = document(result).error
    expect(code).toBe('source-missing')
    expect(message).toMatch(/song_data.*\n.*log_data/)
  })
})

describe('a line whose ts is outside the calendar', () => {
  it('is refused with its reason, and the tables are made from the other lines', () => {
    const lines = [
      playLine({ ts: 253_402_300_799_999, itemInSession: 1 }),
      playLine({ ts: -62_135_596_800_000, itemInSession: 2 }),
      ...Array.from({ length: 200 }, (_, item) => playLine({ itemInSession: 10 + item })),
      playLine({ ts: 253_402_300_800_000 }),
      playLine({ ts: '9223372036854775807' }).replace('"9223372036854775807"', '9223372036854775807'),
    ]
    writeFiles(directory, { 'input/log_data/b.json': lines.join('\n') })
    expect(at(['materialize']).status).toBe(0)
    expect(document(at(['rejects', 'log_data', '--json'])).rejects).toMatchObject([
      { file: 'b.json', line: 203, reason: 'ts: expected <= 253402300799999, got 253402300800000' },
      { file: 'b.json', line: 204, reason: 'ts: expected <= 253402300799999, got 9223372036854775807' },
    ])
    expect(rows('select min(year) as first, max(year) as last from time')).toEqual([{ first: 1, last: 9999 }])
    expect(rows('select count(*)::int as n from songplays')).toEqual([{ n: 203 }])
    expect(at(['verify']).status).toBe(0)
  })

  it('is refused again when a bound becomes stricter, and plan names that bound', () => {
    edit(directory, 'assets/sources.ts', ["key: 'song_data',", "key: 'song_data',\n  maxRejected: 1,"])
    edit(directory, 'assets/sources.ts', ['duration: double(),', 'duration: double().max(100),'])
    expect(document(at(['plan', 'song_data', '--json'])).steps[0].causes).toMatchObject([
      { kind: 'code-changed', changes: ['column duration: double -> double, <= 100'] },
    ])
    expect(at(['materialize', 'song_data']).status).toBe(0)
    expect(rows('select count(*)::int as n from song_data')).toEqual([{ n: 0 }])
    expect(document(at(['rejects', 'song_data', '--json'])).rejects).toMatchObject([
      { reason: 'duration: expected <= 100, got 269.58322' },
    ])
  })
})

describe('refused lines', () => {
  it('of a failed read are shown and marked, even if the source was published before', () => {
    writeFiles(directory, { 'input/song_data/bad.json': '1\n2\n3\n' })
    const run = at(['materialize', 'song_data', '--json'])
    expect(run.status).toBe(1)
    const { runId } = finished(run)
    const listed = document(at(['rejects', 'song_data', '--json']))
    expect(listed).toMatchObject({ total: 3, failedRead: { runId, at: expect.any(String) } })
    expect(listed.rejects.map(({ file, line }: { file: string; line: number }) => `${file}:${line}`)).toEqual([
      ...['bad.json:1', 'bad.json:2', 'bad.json:3'],
    ])
    const text = at(['rejects', 'song_data', '--limit', '1']).stdout
    expect(text).toMatch(
      /3 lines of song_data refused by the read that failed .*; 1 shown.*That read published nothing/,
    )
    expect(text).toContain(`(lake --lake tables --input input run ${runId})`)
    const shown = at(['status']).stdout.replace(/\s+/g, ' ')
    expect(shown).toContain('the first of which is bad.json:1: expected an object, got a number')
    expect(shown).toContain(
      '`lake --lake tables --input input rejects song_data` lists the lines of song_data that were refused.',
    )

    writeFiles(directory, { 'input/song_data/bad.json': '' })
    expect(at(['materialize', 'song_data']).status).toBe(0)
    expect(document(at(['rejects', 'song_data', '--json']))).toEqual({ rejects: [], total: 0 })
  })

  it('of a source that was never published are also shown', () => {
    rmSync(join(directory, 'tables'), { recursive: true })
    writeFiles(directory, { 'input/song_data/bad.json': 'no\n' })
    expect(at(['materialize', 'song_data']).status).toBe(1)
    expect(document(at(['rejects', 'song_data', '--json']))).toMatchObject({
      rejects: [{ file: 'bad.json', line: 1, text: 'no' }],
      total: 1,
    })
  })

  it('are all counted, but only the first ones are kept if they are very many', () => {
    writeFiles(directory, { 'input/song_data/bad.json': 'no\n'.repeat(2_500) })
    expect(at(['materialize', 'song_data']).status).toBe(1)
    const listed = document(at(['rejects', 'song_data', '--json']))
    expect(listed.total).toBe(2_500)
    expect(listed.rejects).toHaveLength(1_000)
  })

  it('are counted by a run that succeeds, and by status', () => {
    edit(directory, 'assets/sources.ts', ["key: 'song_data',", "key: 'song_data',\n  maxRejected: 1,"])
    writeFiles(directory, { 'input/song_data/bad.json': 'no\nnor\n' })
    const result = at(['materialize', 'song_data', '--json'])
    const step = eventsOf(result).find(({ type }) => type === 'step-finished')
    expect(step).toMatchObject({ asset: 'song_data', outcome: 'unchanged', rejected: 2 })
    writeFiles(directory, { 'input/song_data/bad.json': 'no\nnor\nnever\n' })
    expect(at(['materialize', 'song_data']).stdout).toMatch(
      /song_data +unchanged +same rows as before, 3 lines refused/,
    )
    expect(at(['status']).stdout).toContain('`lake --lake tables --input input rejects song_data`')
    expect(at(['rejects', 'song_data']).stdout).toMatch(/3 lines of song_data refused\.$/m)
  })

  it('are found by reading the source again if the file of refused lines was lost', () => {
    edit(directory, 'assets/sources.ts', ["key: 'song_data',", "key: 'song_data',\n  maxRejected: 1,"])
    writeFiles(directory, { 'input/song_data/bad.json': 'no\n' })
    expect(at(['materialize', 'song_data']).status).toBe(0)
    const kept = join(directory, 'tables/_lake/sources/song_data')
    for (const name of readdirSync(kept)) if (name.startsWith('rejects-')) rmSync(join(kept, name))
    writeFiles(directory, { 'input/song_data/b.json': songLine({ song_id: 'SO2' }) })
    const result = at(['materialize', 'song_data', '--json'])
    expect(result.status).toBe(0)
    expect(document(at(['rejects', 'song_data', '--json']))).toMatchObject({ total: 1, rejects: [{ text: 'no' }] })
    expect(rows('select count(*)::int as n from song_data')).toEqual([{ n: 2 }])
  })
})

describe('a location that is not valid', () => {
  const flags = [
    ['--lake', ''],
    ['--lake', ' '],
    ['--lake', '~/lake'],
    ['--lake', 's3:/b/lake'],
    ['--lake', 's3://'],
    ['--input', ''],
    ['--input', '~'],
    ['--source', 'song_data='],
    ['--source', 'song_data=s3:/b'],
    ['--lake', 'input'],
    ['--lake', 'input/song_data/lake'],
    ['--lake', 'tables/../input/log_data'],
  ] as const
  it.each(flags)('is refused, and lake makes nothing: %s %j', (flag, written) => {
    const before = readdirSync(directory, { recursive: true }).length
    const result = lake(['materialize', '--json', ...PLACES, flag, written], { cwd: directory })
    expect(result.status).toBe(2)
    expect(document(result).error.code).toBe('config')
    expect(readdirSync(directory, { recursive: true })).toHaveLength(before)
  })

  it('is refused in a profile too, and the message names the profile', () => {
    for (const lakePlace of ['', '~/lake', 'data']) {
      const undo = edit(directory, 'config/lake.config.ts', [
        "default: { lake: '.lake/tables', input: '.lake/input' }",
        `default: { lake: '${lakePlace}', input: 'data' }`,
      ])
      const result = lake(['status', '--json'], { cwd: directory })
      expect(result.status).toBe(2)
      expect(document(result).error).toMatchObject({
        code: 'config',
        message: expect.stringMatching(
          /lake in the profile default|profiles\.default\.lake|the lake \(.*data\) and the files of/,
        ),
      })
      undo()
    }
  })

  it('is refused in the environment variable of the endpoint', () => {
    const env = { AWS_ENDPOINT_URL_S3: 'localhost:8333', AWS_REGION: 'us-east-1' }
    const result = lake(['status', '--json', '--lake', 's3://bucket/lake', '--input', 'input'], { cwd: directory, env })
    expect(result.status).toBe(2)
    expect(document(result).error.message).toContain('AWS_ENDPOINT_URL_S3')
  })
})
