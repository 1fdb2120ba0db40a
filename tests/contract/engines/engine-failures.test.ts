// What every engine finds wrong: rows that fail a check, and queries that fail.
import { bigint, defineAsset, defineSource, double, int, oneOf, references, sqlCheck, text, timestamp } from 'lake'
import { afterAll, describe, expect, it } from 'vitest'
import type { ColumnSchemas } from '../../../framework/declare/columns.ts'
import type { Asset } from '../../../framework/declare/definition.ts'
import type { Text } from '../../../framework/query/builder/types/kinds.ts'
import type { Aliased } from '../../../framework/query/builder/types/typed-expression.ts'
import { contractEngines, engineBench, resolveAll } from '../../support/engines/engine-bench.ts'

const source = defineSource({
  key: 'things',
  columns: { id: bigint(), n: bigint().nullable(), t: text().nullable(), d: double().nullable() },
})

describe.each(contractEngines())('$name', ({ open }) => {
  const bench = engineBench(open, afterAll)

  describe('finds', () => {
    const rows = [
      { id: 1, t: 'a', n: 1 },
      { id: 1, t: '', n: -5 },
      { id: 3, n: 4 },
    ]
    const checked = (changes: object): readonly Asset[] => {
      const table = defineAsset({
        key: 'checked',
        columns: { id: bigint(), t: text().nullable(), n: bigint().nullable() },
        upstream: { source },
        query: ({ db }) => db.selectFrom('source').select(['id', 't', 'n']),
      })
      const other = defineAsset({
        key: 'other',
        columns: { id: bigint() },
        upstream: { source },
        query: ({ db }) => db.selectFrom('source').select('id'),
      })
      return [source, { ...table, ...changes } as Asset, other]
    }
    const columns = (changes: object) => ({
      columns: { id: bigint(), t: text().nullable(), n: bigint().nullable(), ...changes },
    })

    it.each<[string, object, string, number]>([
      ['a null in a column that allows none', columns({ t: text() }), 't is not null', 1],
      ['a key that is not unique', { primaryKey: ['id'] }, 'id is unique', 2],
      ['a number that is too small', columns({ n: bigint().min(0n).nullable() }), 'n >= 0', 1],
      ['a number that is too large', columns({ n: bigint().lt(4n).nullable() }), 'n < 4', 1],
      ['a number that is no multiple', columns({ n: bigint().multipleOf(4n).nullable() }), 'n is a multiple of 4', 2],
      ['a text that is too short', columns({ t: text().min(1).nullable() }), 't length >= 1', 1],
      ['a text that does not match', columns({ t: text().regex(/^a$/).nullable() }), 't matches /^a$/', 1],
      ['a word that is not in the list', columns({ t: oneOf('a', 'b').nullable() }), 't is one of a, b', 1],
      ['an empty partition', { partitionBy: ['t'] }, 't, a partition, is not empty', 1],
      ['a row that an SQL check is false or null for', { checks: [sqlCheck('n is more', 'n > 0')] }, 'n is more', 1],
      [
        'a value that is missing in the other table',
        { checks: [references('n', { key: 'other' }, { key: 'id' })] },
        'n stands in other',
        2,
      ],
      [
        'a value that is missing in the table itself',
        { checks: [references('n', { key: 'checked' }, { key: 'id' })] },
        'n stands in checked',
        2,
      ],
    ])('%s', async (_, changes, check, count) => {
      const { checks } = await bench.build(checked(changes), 'checked', rows)
      expect(checks).toMatchObject([{ check, rows: count, severity: 'error' }])
      expect(checks[0]?.sample.length).toBe(count)
    })

    it('nothing if all rows are right', async () => {
      const fine = {
        primaryKey: ['id', 'n'],
        ...columns({ n: bigint().min(-5n).max(4n) }),
        checks: [references('id', { key: 'other' }, { key: 'id' })],
      }
      expect((await bench.build(checked(fine), 'checked', rows)).checks).toEqual([])
    })

    it('the same failures in current rows as in new rows', async () => {
      const assets = checked({ primaryKey: ['id'], checks: [sqlCheck('n is more', 'n > 0', { severity: 'warn' })] })
      const asset = resolveAll(assets).get('checked')
      if (asset?.kind !== 'table') throw new Error('checked is a table')
      const { files, checks } = await bench.build(assets, 'checked', rows)
      const current = { columns: asset.columns, files: files.map(({ location }) => location) }
      const request = { asset, current, referenced: new Map() }
      const found = await bench.engine.check({ ...request, signal: new AbortController().signal })
      const byName = (failures: typeof checks) =>
        failures.map(({ check, severity, rows: count }) => `${check} ${severity} ${count}`).toSorted()
      expect(byName(found)).toEqual(['id is unique error 2', 'n is more warn 1'])
      expect(byName(found)).toEqual(byName(checks))
      expect(found.map(({ sample }) => sample.length).toSorted()).toEqual([1, 2])
    })

    it('many failing rows, and shows the first of them in the order of the columns, nulls last', async () => {
      const asset = checked({ checks: [sqlCheck('n is more', 'n > 0')] })
      const falling = [{ id: 9 }, ...Array.from({ length: 8 }, (_, index) => ({ id: 9 - index, n: -index, t: 'a' }))]
      const { checks } = await bench.build(asset, 'checked', [...falling, { id: 2 }])
      expect(checks).toMatchObject([{ check: 'n is more', rows: 10 }])
      const shown = checks[0]?.sample.map(({ id, t, n }) => `${id} ${t} ${n}`)
      expect(shown).toEqual(['2 a -7', '2 null null', '3 a -6', '4 a -5', '5 a -4'])
    })

    it('nulls in a key, and does not count two of them as the same key', async () => {
      const keyed = checked({ primaryKey: ['t'], ...columns({ t: text() }) })
      const { checks } = await bench.build(keyed, 'checked', [{ id: 1 }, { id: 2 }, { id: 3, t: 'a' }])
      expect(checks).toMatchObject([{ check: 't is not null', rows: 2 }])
    })
  })

  it.each<
    [string, { readonly type: ColumnSchemas[string]; readonly sql: string; readonly of: 't' | 'd' | 'n' }, RegExp]
  >([
    [
      'fails',
      { type: bigint(), sql: 'CAST($1 AS BIGINT)', of: 't' },
      /the query of wrong \(.*engine-failures\.test\.ts\) failed: .*('a' cannot be cast|'a' of the type|Could not convert string 'a')[\s\S]*The query was:\nSELECT/,
    ],
    ['would round', { type: int(), sql: '$1', of: 'd' }, /the column x is declared int, but the query gives double/i],
    [
      'would guess',
      { type: timestamp(), sql: '$1', of: 't' },
      /the column x is declared timestamp, but the query gives (VARCHAR|string)/,
    ],
    ['overflows', { type: int(), sql: 'CAST($1 AS INT)', of: 'n' }, /out of range|CAST_OVERFLOW/],
  ])('reports a query that %s', async (_, { type, sql, of }, message) => {
    const wrong = defineAsset({
      key: 'wrong',
      columns: { x: type } as { readonly x: ReturnType<typeof text> },
      upstream: { source },
      query: ({ db, fn }) => {
        const raw: unknown = fn.sqlFor({ duckdb: sql, spark: sql }, { type, args: [of] } as never).as('x')
        return db.selectFrom('source').select(raw as Aliased<Text, 'x'>)
      },
    })
    const building = bench.build([source, wrong], 'wrong', [{ id: 1, t: 'a', d: 4.7, n: 2 ** 40 }])
    await expect(building).rejects.toMatchObject({
      code: 'query-failed',
      asset: 'wrong',
      message: expect.stringMatching(message),
    })
  })
})
