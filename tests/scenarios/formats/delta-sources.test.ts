/**
 * A source that is a Delta table, as the user sees it: on this machine and on S3, from `lake infer`
 * to `lake doctor`. Some tables are damaged while lake reads them.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import { lake, sharedDirectory, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { eventsOf } from '../../support/programs/run-events.ts'
import { configOver } from '../../support/projects/built-project.ts'
import { type OutsideWriter, startOutsideWriter } from '../../support/python/outside-writer.ts'
import { python } from '../../support/python/python.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const CONFIG = configOver('assets/plays.ts')

const DECLARED = `import { bigint, binary, date, decimal, defineSource, delta, struct, text, timestamp } from 'lake'

// Version 0 of a Delta table: 9 files, 30 rows.
export const plays = defineSource({
  key: 'plays',
  format: delta(),
  columns: {
    id: bigint().nullable(),
    title: text().nullable(),
    played_at: timestamp().nullable(),
    price: decimal(9, 2).nullable(),
    place: struct({ city: text().nullable() }).nullable(),
    day: date().nullable(),
    cover: binary().nullable(),
  },
})
`

const program = python('no Delta table of another writer is read')
const server = program === undefined ? undefined : await sharedS3Server()

let writer: OutsideWriter
beforeAll(() => {
  if (program) writer = startOutsideWriter(program)
})
afterAll(() => writer?.end())

/** A project whose source `plays` is a table of 30 rows. */
async function project(changes: Readonly<Record<string, string>> = {}) {
  const directory = temporaryDirectory()
  const table = join(directory, 'input/plays')
  mkdirSync(table, { recursive: true })
  writeFiles(directory, { 'config/lake.config.ts': CONFIG, 'assets/plays.ts': DECLARED, ...changes })
  await writer.change(table, 'create partitioned')
  const at = (...args: readonly string[]) => lake(args, { cwd: directory })
  return { directory, table, at }
}
const errorOf = (run: ReturnType<typeof lake>) => eventsOf(run).find(({ type }) => type === 'step-finished')
const dataFile = (table: string) =>
  join(
    table,
    readdirSync(table, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'))[0] ?? '',
  )

describe.runIf(program)('a source that is a Delta table', () => {
  it('is declared by lake infer; lake reads, follows and describes it', async () => {
    const { table, at } = await project()
    const inferred = at('infer', 'input/plays').stdout
    expect(inferred.replace(/: \d+ files/, ': 9 files')).toBe(DECLARED)
    expect(at('materialize').status).toBe(0)
    expect(at('doctor').stdout).toMatch(
      /source plays +ok .*version 0 of a Delta table, \d+ files, and one of them was read/,
    )
    await writer.change(table, 'append')
    expect(at('plan').stdout).toContain('version 1 of its Delta table: ')
    expect(at('materialize').status).toBe(0)
    await writer.change(table, 'describe')
    expect(at('show', 'plays').stdout).toContain('the Delta table has version 2; version 1 was read')
    expect(JSON.parse(at('status', '--json').stdout).assets).toMatchObject([
      { key: 'plays', state: 'fresh', rows: 40, deltaTable: { version: 2, read: 1 } },
    ])
    expect(JSON.parse(at('verify', '--json').stdout)).toMatchObject({ assets: [{ key: 'plays', result: 'equal' }] })
    const rows = 'select count(*)::int as n, count(day)::int as days, max(price) as price from plays'
    expect(JSON.parse(at('query', rows, '--json').stdout)).toEqual([{ n: 40, days: 29, price: '10.90' }])
  })

  it('is reported as missing, with exit status 2, if the directory has no log', async () => {
    const { table, at } = await project()
    rmSync(join(table, '_delta_log'), { recursive: true })
    const { status, stderr, stdout } = at('materialize')
    expect({ status, said: stderr + stdout }).toEqual({
      status: 2,
      said: expect.stringContaining('which has no commit below _delta_log/'),
    })
  })

  it('fails if a file is missing, torn or of another size; the error names the file, and nothing is published', async () => {
    const { table, at } = await project()
    truncateSync(dataFile(table), 500)
    const torn = at('materialize', '--json')
    expect(torn.status).toBe(1)
    expect(errorOf(torn)).toMatchObject({
      error: { code: 'source-unreadable', message: expect.stringMatching(/the file has 500 bytes, and the log says/) },
    })
    rmSync(dataFile(table))
    const missing = at('materialize', '--json')
    expect(missing.status).toBe(1)
    expect(errorOf(missing)).toMatchObject({
      error: { code: 'source-changed', message: expect.stringMatching(/a vacuum has deleted it/) },
    })
    expect(JSON.parse(at('status', '--json').stdout).assets).toMatchObject([{ state: 'failed', version: null }])
  })

  it('fails if the table lacks a column that cannot be null; a missing column that can be null has nulls', async () => {
    const declared = (mood: string) => DECLARED.replace('    day:', `    mood: ${mood},\n    day:`)
    const { at, directory } = await project({ 'assets/plays.ts': declared('text()') })
    expect(errorOf(at('materialize', '--json'))).toMatchObject({
      error: {
        code: 'source-unreadable',
        message: expect.stringMatching(/mood is missing: the file has no column mood/),
      },
    })
    writeFiles(directory, { 'assets/plays.ts': declared('text().nullable()') })
    expect(at('materialize').status).toBe(0)
    const [row] = JSON.parse(
      at('query', 'select count(*)::int as n, count(mood)::int as moods from plays', '--json').stdout,
    )
    expect(row).toEqual({ n: 30, moods: 0 })
  })

  it('is refused with a pattern, or with a column from the path', async () => {
    const column = "day: date().fromPath('day').nullable()"
    const text = DECLARED.replace('delta(),', "delta(),\n  pattern: 'part-*',").replace(
      'day: date().nullable()',
      column,
    )
    const { at } = await project({ 'assets/plays.ts': text })
    const { status, stderr, stdout } = at('plan')
    expect({ status, said: stderr + stdout }).toEqual({
      status: 2,
      said: expect.stringContaining('has no meaning in delta()'),
    })
  })

  it.skipIf(!server)('has the same rows on S3', async () => {
    const { table, directory, at } = await project()
    await writer.change(table, 'append')
    expect(at('materialize').status).toBe(0)
    const bucket = (await server?.bucket()) ?? ''
    const env = { ...server?.env, XDG_CACHE_HOME: sharedDirectory() }
    Object.assign(process.env, env)
    const storage = openStorage(`s3://${bucket}`)
    for (const path of readdirSync(table, { recursive: true, encoding: 'utf8' })) {
      if (/\.(parquet|json)$/.test(path)) await storage.put(`input/plays/${path}`, readFileSync(join(table, path)))
    }
    const flags = ['--json', '--lake', `s3://${bucket}/lake`, '--input', `s3://${bucket}/input`]
    const remote = (...args: readonly string[]) => lake([...args, ...flags], { cwd: directory, env })
    expect(remote('materialize').status).toBe(0)
    const all = 'select * from plays order by id'
    expect(JSON.parse(remote('query', all).stdout)).toEqual(JSON.parse(at('query', all, '--json').stdout))
    expect(JSON.parse(remote('plan').stdout)).toMatchObject({ steps: [] })
    const inferred = lake(['infer', `s3://${bucket}/input/plays`], { cwd: directory, env }).stdout
    expect(inferred).toContain('// Version 1 of a Delta table: ')
  })
})
