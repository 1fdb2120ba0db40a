// `testAsset` computes the rows of an asset from rows that a test gives.
import {
  array,
  bigint,
  binary,
  boolean,
  date,
  decimal,
  defineAsset,
  defineSource,
  double,
  int,
  references,
  testAsset,
  text,
  timestamp,
} from 'lake'
import { describe, expect, it } from 'vitest'

const columns = {
  id: bigint(),
  name: text().nullable(),
  small: int().nullable(),
  share: double().nullable(),
  flag: boolean().nullable(),
  on: date().nullable(),
  at: timestamp().nullable(),
  money: decimal(20, 4).nullable(),
  bytes: binary().nullable(),
  pieces: array(binary().nullable()).nullable(),
}
const things = defineSource({ key: 'things', columns })
const copy = defineAsset({
  key: 'copy',
  columns,
  primaryKey: ['id'],
  upstream: { things },
  query: ({ db }) =>
    db.selectFrom('things').select(['id', 'name', 'small', 'share', 'flag', 'on', 'at', 'money', 'bytes', 'pieces']),
})

describe('testAsset', () => {
  it('takes and returns rows as JavaScript values, in the order of the primary key', async () => {
    const full = {
      ...{ id: 9_007_199_254_740_993n, name: 'a\'b\0\n"', small: -5, share: 0.1, flag: false },
      ...{ on: '2018-11-21', at: new Date('2018-11-21T21:56:47.796Z'), money: '-12345.6700' },
      ...{ bytes: new Uint8Array([0, 255, 39, 92]), pieces: [new Uint8Array(), null, new Uint8Array([128])] },
    }
    const empty = { name: null, small: null, share: null, flag: null, on: null, at: null, money: null }
    const none = { ...empty, bytes: null, pieces: null }
    expect(await testAsset(copy, { things: [full, { id: 1n }, { id: 2n, share: Number.NaN }] })).toEqual([
      { id: 1n, ...none },
      { id: 2n, ...none, share: Number.NaN },
      full,
    ])
  })

  it('numbers the lines of a source unless the test gives the numbers', async () => {
    const lines = defineAsset({
      key: 'lines',
      columns: { _file: text(), _line: bigint() },
      upstream: { things },
      query: ({ db }) => db.selectFrom('things').select(['_file', '_line']),
    })
    expect(
      await testAsset(lines, { things: [{ id: 1n }, { id: 2n }, { id: 3n, _file: 'b.json', _line: 7n }] }),
    ).toEqual([
      { _file: 'b.json', _line: 7n },
      { _file: 'test.json', _line: 1n },
      { _file: 'test.json', _line: 2n },
    ])
  })

  it('can read the rows of a table, and does not check references', async () => {
    const downstream = defineAsset({
      key: 'downstream',
      columns: { id: bigint() },
      upstream: { copy },
      checks: [references('id', { key: 'nowhere' }, { key: 'id' })],
      query: ({ db }) => db.selectFrom('copy').select('id').where('flag', '=', true),
    })
    const further = defineAsset({
      key: 'further',
      columns: { id: bigint() },
      upstream: { downstream },
      query: ({ db }) => db.selectFrom('downstream').select('id'),
    })
    expect(await testAsset(further, { downstream: [{ id: 1n }] })).toEqual([{ id: 1n }])
    expect(await testAsset(downstream, { copy: [{ id: 1n, flag: true }, { id: 2n }] })).toEqual([{ id: 1n }])
  })

  it('fails if a row fails a check', async () => {
    const twice = testAsset(copy, { things: [{ id: 1n }, { id: 1n }] })
    await expect(twice).rejects.toMatchObject({
      code: 'check-failed',
      message: expect.stringContaining('id is unique'),
    })
  })

  it('fails if the query fails, and shows the query', async () => {
    const wrong = defineAsset({
      key: 'wrong',
      columns: { small: int() },
      upstream: { things },
      query: ({ db, fn }) => db.selectFrom('things').select(({ ref }) => fn.toInt(ref('id')).as('small')),
    })
    const building = testAsset(wrong, { things: [{ id: 2n ** 40n }] })
    await expect(building).rejects.toMatchObject({
      code: 'query-failed',
      asset: 'wrong',
      message: expect.stringMatching(/out of range[\s\S]*SELECT/),
    })
  })

  it('reports a wrong fixture that the compiler accepted', async () => {
    const rows = (...given: readonly object[]) =>
      testAsset(copy, { things: given as readonly { readonly id: bigint }[] })
    await expect(rows({ id: 1n }, {})).rejects.toThrow('things: row 1 has no id, which is not nullable')
    await expect(rows({ id: 1n, nmae: 'x' })).rejects.toThrow('things: row 0 has a column nmae, which does not exist')
  })
})
