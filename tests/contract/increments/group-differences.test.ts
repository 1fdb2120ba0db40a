/**
 * A table's groups, computed from their old rows and the changes, are the groups that a rebuild
 * gives.
 */
import fc from 'fast-check'
import { bigint, byKey, date, decimal, defineAsset, defineSource, double, int, text } from 'lake'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import type { ResolvedTable } from '../../../framework/graph/resolved-asset.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { comparedTable, type Life, type UpstreamRow } from '../../support/random/compared-table.ts'
import { checkProperty } from '../../support/random/property.ts'

const RUNS = 60

const TYPES = { g: 'INT', h: 'VARCHAR', i: 'INT', n: 'BIGINT', m: 'DECIMAL(10,2)', d: 'DECIMAL(38,2)', t: 'DATE' }

const rows = defineSource({
  key: 'rows',
  columns: {
    ...{ g: int().nullable(), h: text(), i: int().nullable(), n: bigint(), m: decimal(10, 2) },
    ...{ d: decimal(38, 2).nullable(), t: date().nullable() },
  },
})

/**
 * Every aggregate that a table can keep by difference, over columns with and without nulls, and
 * some aggregates that it cannot.
 */
const OUTPUTS = {
  all_rows: bigint(),
  of_i: bigint(),
  of_n: bigint(),
  of_d: bigint(),
  if_i: bigint(),
  sum_i: bigint().nullable(),
  sum_n: bigint().nullable(),
  sum_m: decimal(38, 2).nullable(),
  sum_d: decimal(38, 2).nullable(),
  sum_few: decimal(38, 2).nullable(),
  avg_i: double().nullable(),
  avg_m: double().nullable(),
  avg_d: double().nullable(),
  min_i: int().nullable(),
  max_m: decimal(10, 2).nullable(),
  min_t: date().nullable(),
  max_h: text().nullable(),
  distinct_h: bigint(),
}

type Output = keyof typeof OUTPUTS
const KEYS = { g: int().nullable(), h: text() }

interface Spec {
  readonly keys: readonly (keyof typeof KEYS)[]
  readonly outputs: readonly Output[]
}

// biome-ignore lint/suspicious/noExplicitAny: the columns of a random query have no static types.
const EXPRESSIONS: Readonly<Record<Output, (fn: any) => any>> = {
  all_rows: (fn) => fn.countRows(),
  of_i: (fn) => fn.count('i'),
  of_n: (fn) => fn.count('n'),
  of_d: (fn) => fn.count('d'),
  if_i: (fn) => fn.count('i').filterWhere('i', '>', 0),
  sum_i: (fn) => fn.sum('i'),
  sum_n: (fn) => fn.sum('n'),
  sum_m: (fn) => fn.sum('m'),
  sum_d: (fn) => fn.sum('d'),
  sum_few: (fn) => fn.sum('m').filterWhere('i', '>', 0),
  avg_i: (fn) => fn.avg('i'),
  avg_m: (fn) => fn.avg('m'),
  avg_d: (fn) => fn.avg('d'),
  min_i: (fn) => fn.min('i'),
  max_m: (fn) => fn.max('m'),
  min_t: (fn) => fn.min('t'),
  max_h: (fn) => fn.max('h'),
  distinct_h: (fn) => fn.countDistinct('h'),
}

function tableOf({ keys, outputs }: Spec): ResolvedTable {
  const columns = Object.fromEntries([
    ...keys.map((key) => [key, KEYS[key]] as const),
    ...outputs.map((output) => [output, OUTPUTS[output]] as const),
  ])
  const asset = defineAsset({
    key: 'groups',
    columns,
    ...(keys.length === 0 ? { oneRow: true } : { incremental: byKey(...(keys as [string])) }),
    upstream: { rows },
    // biome-ignore lint/suspicious/noExplicitAny: as above
    query: ({ db }: any) => {
      const from = keys.length === 0 ? db.selectFrom('rows') : db.selectFrom('rows').groupBy(keys)
      // biome-ignore lint/suspicious/noExplicitAny: as above
      return from.select(({ fn }: any) => [...keys, ...outputs.map((name) => EXPRESSIONS[name](fn).as(name))])
    },
    // biome-ignore lint/suspicious/noExplicitAny: as above
  } as any)
  const table = graphOf([rows, asset]).get('groups')
  if (table.kind !== 'table') throw new Error('it is a table')
  return table
}

const orNull = (value: fc.Arbitrary<string>) => fc.option(value, { freq: 4 })
const row: fc.Arbitrary<UpstreamRow> = fc.tuple(
  orNull(fc.constantFrom('1', '2')),
  fc.constantFrom('a', 'b'),
  orNull(fc.constantFrom('-1', '0', '2', '2147483647')),
  fc.constantFrom('-5', '3', '3', '4611686018427387904'),
  fc.constantFrom('-0.01', '0.07', '12.50', '99999999.99'),
  orNull(
    fc.constantFrom(
      '0.01',
      '-7.30',
      '6000000000000.01',
      '10000000000000000000000000.00',
      '400000000000000000000000000000000000.00',
    ),
  ),
  orNull(fc.constantFrom('1999-12-31', '2000-01-01', '2024-02-29')),
)
const life: fc.Arbitrary<Life> = fc.oneof(
  { weight: 4, arbitrary: row.map((both) => ({ before: both, after: both })) },
  { weight: 3, arbitrary: fc.record({ before: fc.option(row), after: fc.option(row) }) },
)
const spec: fc.Arbitrary<Spec> = fc.record({
  keys: fc.subarray(Object.keys(KEYS) as (keyof typeof KEYS)[]),
  outputs: fc.subarray(Object.keys(OUTPUTS) as Output[], { minLength: 1, maxLength: 5 }),
})

describe('groups that lake computes from their old rows and the changes', () => {
  let session: DuckDbSession
  beforeAll(async () => {
    session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 1 }, '/tmp')
  })
  afterAll(() => session.close())

  const compare = (given: Spec, lives: readonly Life[]) =>
    session.withConnection((db) => comparedTable(db, tableOf(given), { types: TYPES, lives }))

  it('are the groups of a rebuild, for every aggregate that lake can compute from a difference', {
    timeout: 3_600_000,
  }, async () => {
    let [kept, changed] = [0, 0]
    const property = fc.asyncProperty(spec, fc.array(life, { maxLength: 8 }), async (given, lives) => {
      const found = await compare(given, lives)
      if (found.kind === 'fails') return
      expect(found.followed).toEqual(found.rebuilt)
      if (found.added > 0) changed += 1
      if (!found.readsAll && found.added > 0) kept += 1
    })
    const runs = await checkProperty('group differences', property, RUNS)
    if (runs >= RUNS)
      expect({ changed: changed > runs / 4, kept: kept > runs / 30 }).toEqual({ changed: true, kept: true })
  })

  const one = (values: Partial<Record<keyof typeof TYPES, string | null>>): UpstreamRow =>
    Object.keys(TYPES).map(
      (name) => ({ g: '1', h: 'a', i: '1', n: '1', m: '1.00', d: '1.00', t: null, ...values })[name] ?? null,
    )
  const stays = (values: Parameters<typeof one>[0]): Life => ({ before: one(values), after: one(values) })
  const goes = (values: Parameters<typeof one>[0]): Life => ({ before: one(values), after: null })
  const comes = (values: Parameters<typeof one>[0]): Life => ({ before: null, after: one(values) })

  it.each<{
    readonly what: string
    readonly outputs: readonly Output[]
    readonly lives: readonly Life[]
    readonly readsAll: boolean
  }>([
    {
      what: 'a group whose count reaches zero goes',
      outputs: ['all_rows', 'sum_m'],
      lives: [goes({}), stays({ g: '2' })],
      readsAll: false,
    },
    {
      what: 'a group that loses rows still has some if its sum is not zero',
      outputs: ['sum_m'],
      lives: [goes({}), stays({})],
      readsAll: false,
    },
    {
      what: 'a group that loses rows is read if its sum is zero and its rows are not counted',
      outputs: ['sum_m'],
      lives: [goes({}), stays({ m: '0.07' }), stays({ m: '-0.07' })],
      readsAll: true,
    },
    {
      what: 'a group that loses all rows is read if they are not counted',
      outputs: ['sum_m'],
      lives: [goes({}), stays({ g: '2' })],
      readsAll: true,
    },
    {
      what: 'a group that loses rows is read if it has no sum and no count',
      outputs: ['min_i'],
      lives: [goes({ i: '2' }), stays({})],
      readsAll: true,
    },
    {
      what: 'a sum that is not zero has a value',
      outputs: ['all_rows', 'sum_i'],
      lives: [goes({}), stays({ i: '2' })],
      readsAll: false,
    },
    {
      what: 'a group that gains rows is not read',
      outputs: ['sum_m', 'min_i'],
      lives: [comes({ i: '0' }), stays({})],
      readsAll: false,
    },
    {
      what: 'a sum of nothing but nulls is null',
      outputs: ['all_rows', 'of_i', 'sum_i'],
      lives: [goes({}), stays({ i: null })],
      readsAll: false,
    },
    {
      what: 'a sum may be null as soon as a value goes',
      outputs: ['all_rows', 'sum_i'],
      lives: [goes({}), stays({ i: null })],
      readsAll: true,
    },
    {
      what: 'a group is read if its extreme goes',
      outputs: ['all_rows', 'min_i'],
      lives: [goes({ i: '0' }), stays({})],
      readsAll: true,
    },
    {
      what: 'no group is read if another value goes',
      outputs: ['all_rows', 'min_i'],
      lives: [goes({ i: '2' }), stays({})],
      readsAll: false,
    },
    {
      what: 'an average is kept with its count',
      outputs: ['all_rows', 'avg_m'],
      lives: [goes({ m: '0.07' }), stays({ m: '12.50' }), stays({})],
      readsAll: false,
    },
    {
      what: 'an average without a count is not',
      outputs: ['avg_m'],
      lives: [comes({ m: '0.07' }), stays({})],
      readsAll: true,
    },
    {
      what: 'sums of many digits are added up anew',
      outputs: ['all_rows', 'of_i', 'sum_d'],
      lives: [comes({ d: `4${'0'.repeat(35)}.00` }), stays({})],
      readsAll: true,
    },
    {
      what: 'an average of a sum that a double cannot distinguish is added up anew',
      outputs: ['all_rows', 'of_d', 'avg_d'],
      lives: [comes({}), stays({ d: '6000000000000.01' })],
      readsAll: true,
    },
    {
      what: 'a small average of decimals is not',
      outputs: ['all_rows', 'of_d', 'avg_d'],
      lives: [comes({}), stays({ d: '60000.01' })],
      readsAll: false,
    },
    {
      what: 'distinct values are counted anew',
      outputs: ['distinct_h'],
      lives: [comes({}), stays({})],
      readsAll: true,
    },
  ])('$what', async ({ outputs, lives, readsAll }) => {
    const found = await compare({ keys: ['g'], outputs }, lives)
    if (found.kind === 'fails') throw new Error('the query fails')
    expect(found.followed).toEqual(found.rebuilt)
    expect(found.readsAll).toBe(readsAll)
  })
})
