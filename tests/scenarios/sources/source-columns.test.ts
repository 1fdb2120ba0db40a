/**
 * Columns of a source read other keys, paths and formats. lake counts keys that no column takes,
 * for each version.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lake, ROOT, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { configOver } from '../../support/projects/built-project.ts'

const CONFIG = configOver('assets/source.ts')

const NAMES = 'array, bigint, binary, date, decimal, defineSource, double, int, json, struct, text, timestamp'

function project(declaration: string) {
  const directory = temporaryDirectory()
  const declare = (text: string) =>
    writeFiles(directory, { 'assets/source.ts': `import { ${NAMES} } from 'lake'\n${text}` })
  writeFiles(directory, { 'config/lake.config.ts': CONFIG })
  declare(declaration)
  const at = (...args: string[]) => lake(args, { cwd: directory })
  const drift = () => JSON.parse(at('status', '--json').stdout).assets[0].drift
  return { directory, declare, at, drift }
}

it('the declaration of the guide reads keys, nested values, paths, bytes and times', () => {
  const guide = readFileSync(join(ROOT, 'docs/guides/sources/sources.md'), 'utf8')
  const [, snippet = ''] = /```ts\n(export const requests = [\s\S]*?)```/.exec(guide) ?? []
  const { directory, at } = project(snippet)
  writeFiles(directory, {
    'input/requests/year=2018/2018-11-30-events.json': [
      '{"user-agent":"curl","requestParameters":{"bucketName":"b"},"detail":{"a.b":"x", "n":1.50},"at":"2018-11-30 10:00:00",',
      '"created":1541121934796,"logged":"10/Oct/2000:13:55:36 -0700","price":"12.50","score":NaN,"hash":"00fF"}\n',
      '{"user-agent":"w","at":"2018-07-01T10:00:00","score":"-Infinity","price":3}\n',
    ].join(''),
  })
  expect(at('materialize')).toMatchObject({ status: 0 })
  const sql =
    'select agent, bucket, odd, detail, "at", created, logged, price, hash, score::varchar as score, "year", "day" from requests order by _line'
  expect(JSON.parse(at('query', sql, '--json').stdout)).toEqual([
    {
      ...{ agent: 'curl', bucket: 'b', odd: 'x', detail: '{"a.b":"x", "n":1.50}', at: '2018-11-30T09:00:00.000Z' },
      ...{
        created: '2018-11-02T01:25:34.796Z',
        logged: '2000-10-10T20:55:36.000Z',
        price: '12.50',
        score: 'nan',
        hash: 'AP8=',
      },
      ...{ year: 2018, day: '2018-11-30' },
    },
    {
      ...{ agent: 'w', bucket: null, odd: null, detail: null, at: '2018-07-01T08:00:00.000Z' },
      ...{ created: null, logged: null, price: '3.00', hash: null, score: '-inf', year: 2018, day: '2018-11-30' },
    },
  ])
  expect(at('materialize').stdout).toContain('Nothing to do')
})

it('lake counts unknown and vanished keys, and keeps the counts of files that did not change', () => {
  const source = (options: string) =>
    `export const events = defineSource({ key: 'events', columns: { id: int().nullable(), song: text().nullable() }, ${options} })`
  const { directory, declare, at, drift } = project(source(''))
  writeFiles(directory, { 'input/events/1.json': '{"id":1,"song":"a","extra":[1]}\n{"ID":2}\n' })
  const first = at('materialize')
  expect(first.stdout + first.stderr).toContain('1 of 2 rows has no key that a column takes')
  const id = { key: 'ID', rows: 1, file: '1.json', example: '2', like: 'id' }
  const extra = { key: 'extra', rows: 1, file: '1.json', example: 'an array' }
  expect(drift()).toEqual({ ...{ files: 1, rows: 2, unknown: [id, extra] }, unnamed: 0, more: 0, bare: 1, absent: [] })
  writeFiles(directory, { 'input/events/2.json': '{"id":3,"extra":"x"}\n' })
  expect(at('materialize')).toMatchObject({ status: 0 })
  expect(drift()).toMatchObject({
    ...{ files: 2, rows: 3, unknown: [{ ...extra, rows: 2 }, id], bare: 1 },
    absent: [{ column: 'song', since: 'last-read' }],
  })
  const shown = at('show', 'events').stdout
  expect(shown).toMatch(/extra +2 +66\.7 % +an array +1\.json/)
  expect(shown).toContain('song: in none of the files that were read last')
  declare(source("unknownKeys: 'reject', maxRejected: 1"))
  expect(at('materialize')).toMatchObject({ status: 0 })
  expect(JSON.parse(at('rejects', 'events', '--json').stdout)).toMatchObject({ total: 3 })
  declare(source("unknownKeys: 'ignore'"))
  expect(at('materialize')).toMatchObject({ status: 0 })
  expect(drift()).toBe(undefined)
})

it('lake reports mistakes in places and formats together, before it reads anything', () => {
  const { at } = project(`export const events = defineSource({
    key: 'events',
    columns: {
      a: int().from('$.items[0]'),
      b: timestamp({ zone: 'Europe/Berlyn' }),
      c: timestamp({ pattern: 'yyyy-MM-dd' }),
      d: int().fromPath(/a(b)(c)/),
      e: int().fromPath('year='),
      f: binary().fromPath('hash'),
      g: array(json()),
      h: array(struct({ at: timestamp({ zone: 'Mars' }) })),
    },
  })`)
  const { status, stderr } = at('plan')
  expect(status).toBe(2)
  for (const message of [
    '"$.items[0]", which is no path',
    'no time zone "Europe/Berlyn"',
    'needs a zone',
    '2 groups',
    'year==',
    'f is read from the path of a file, which holds no binary values',
    'g has a part that is JSON',
    'no time zone "Mars"',
  ]) {
    expect(stderr).toContain(message)
  }
})
