// If a query overflows, the error names the source lines that cause the overflow, after the message
// of the engine.
import { bigint, byKey, decimal, defineAsset, defineSource, int, text, timestamp } from 'lake'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Asset } from '../../../framework/declare/definition.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors } from '../../support/lakes/test-run.ts'

const plays = defineSource({
  key: 'plays',
  columns: { id: bigint(), ts: bigint(), n: int(), price: decimal(38, 0), user: text() },
})
const users = defineSource({ key: 'users', columns: { user: text(), factor: int() } })

const others = defineSource({ key: 'others', columns: { id: bigint(), ts: bigint() } })

const times = defineAsset({
  key: 'times',
  columns: { id: bigint(), at: timestamp() },
  primaryKey: ['id'],
  upstream: { plays },
  query: ({ db }) => db.selectFrom('plays').select(({ fn }) => ['id', fn.timestampMillis('ts').as('at')]),
})
const products = defineAsset({
  key: 'products',
  columns: { id: bigint(), n: int() },
  primaryKey: ['id'],
  upstream: { p: plays, u: users },
  query: ({ db }) =>
    db
      .selectFrom('p')
      .innerJoin('u', 'u.user', 'p.user')
      .select(({ eb }) => ['p.id', eb('p.n', '*', eb.ref('u.factor')).as('n')]),
})
const sums = defineAsset({
  key: 'sums',
  columns: { user: text(), price: decimal(38, 0).nullable() },
  primaryKey: ['user'],
  upstream: { plays },
  query: ({ db }) =>
    db
      .selectFrom('plays')
      .groupBy('user')
      .select(({ fn }) => ['user', fn.sum('price').as('price')]),
})

let lake: TestLake
beforeEach(() => {
  lake = new TestLake()
})
afterEach(() => lake.close())

const play = (id: number, changes: object = {}) => ({
  id,
  ts: 1_541_903_636_796,
  n: 2,
  price: 1,
  user: 'u',
  ...changes,
})
const NINES = '9'.repeat(37)

/** Three files of a thousand lines. The first line of each is blank. */
function writePlays(changes: Readonly<Record<string, object>>): void {
  for (const [index, file] of ['a', 'b', 'c'].entries()) {
    const lines = Array.from({ length: 999 }, (_, at) => {
      const line = at + 2
      return JSON.stringify(play(index * 1000 + line, changes[`${file}:${line}`])).replace(/"(9{37,})"/, '$1')
    })
    lake.writeText(`plays/${file}.json`, `\n${lines.join('\n')}`)
  }
}

async function failure(assets: readonly Asset[]) {
  const run = await lake.run(graphOf(assets))
  const [error] = errors(run)
  return { message: error?.message ?? '', details: error?.details as { readonly lines?: unknown } | undefined }
}

const line = (file: string, number: number) => ({ asset: 'plays', file: `${file}.json`, line: number })

it('the error names the lines that have a moment far outside of the calendar, in several files', async () => {
  writePlays({ 'a:1000': { ts: 9e17 }, 'b:2': { ts: 9e17 }, 'c:500': { ts: 9e17 } })
  const { message, details } = await failure([plays, times])
  expect(message).toMatch(/^the query of times .*failed: Out of Range Error: Overflow/)
  expect(message).toContain('It fails at these lines (there may be more):\n  plays: a.json:1000\n  plays: b.json:2\n')
  expect(details?.lines).toEqual([line('a', 1000), line('b', 2), line('c', 500)])
})

it('the error names the first five of many such lines', async () => {
  const failing = [7, 8, 9, 10, 11, 12].map((number) => [`b:${number}`, { ts: 9e17 }] as const)
  writePlays(Object.fromEntries(failing))
  expect((await failure([plays, times])).details?.lines).toEqual([7, 8, 9, 10, 11].map((number) => line('b', number)))
})

it('the error names the line of each source if a product of ints overflows', async () => {
  writePlays({ 'c:77': { n: 2 ** 30, user: 'v' } })
  lake.write('users/u.json', [
    { user: 'u', factor: 3 },
    { user: 'v', factor: 2 },
  ])
  const { details } = await failure([plays, users, products])
  expect(details?.lines).toEqual([line('c', 77), { asset: 'users', file: 'u.json', line: 2 }])
})

it('the error names the line at which a sum of decimals overflows', async () => {
  const large = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`b:${100 + at * 10}`, { price: NINES, user: 'v' }] as const),
  )
  writePlays(large)
  const { message, details } = await failure([plays, sums])
  // Ten of these lines add up to less than 10^38. The eleventh makes the sum overflow.
  expect(message).toContain('It fails at this line together with those before it:\n  plays: b.json:200')
  expect(details?.lines).toEqual([{ ...line('b', 200), together: true }])
})

it('the error of an increment names the new line', async () => {
  writePlays({})
  const followed = defineAsset({
    ...{ key: 'times', columns: times.columns, primaryKey: ['id'], incremental: byKey('id'), upstream: { plays } },
    query: ({ db }) => db.selectFrom('plays').select(({ fn }) => ['id', fn.timestampMillis('ts').as('at')]),
  })
  expect(errors(await lake.run(graphOf([plays, followed])))).toEqual([])
  lake.write('plays/d.json', [play(5000), play(5001, { ts: 9e17 })])
  const { details } = await failure([plays, followed])
  expect(details?.lines).toEqual([line('d', 2)])
})

it('the error names the line if only one of two sources has a failing line, and no line if both have', async () => {
  const both = defineAsset({
    key: 'times',
    columns: times.columns,
    upstream: { plays, others },
    query: ({ db }) =>
      db
        .selectFrom('plays')
        .select(({ fn }) => ['id', fn.timestampMillis('ts').as('at')])
        .unionAll(db.selectFrom('others').select(({ fn }) => ['id', fn.timestampMillis('ts').as('at')])),
  })
  writePlays({})
  lake.write('others/o.json', [
    { id: 1, ts: 1 },
    { id: 2, ts: 9e17 },
  ])
  expect((await failure([plays, others, both])).details?.lines).toEqual([{ asset: 'others', file: 'o.json', line: 2 }])
  writePlays({ 'a:9': { ts: 9e17 } })
  const { message, details } = await failure([plays, others, both])
  expect(message).not.toContain('It fails at')
  expect(details).not.toHaveProperty('lines')
})
