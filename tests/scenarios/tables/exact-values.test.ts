// No command loses a digit of a value, and each column has one type in JSON.

import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, describe, expect, it } from 'vitest'
import { lake, sharedDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { document, eventsOf } from '../../support/programs/run-events.ts'
import { PLACES } from '../../support/projects/built-project.ts'

const CONFIG = `
import { bigint, decimal, defineAsset, defineConfig, defineSource, double, sqlCheck, text } from 'lake'

const payments = defineSource({
  key: 'payments',
  columns: { id: text(), amount: decimal(18, 2), cents: bigint(), weight: double().nullable() },
})
const amounts = defineAsset({
  key: 'amounts',
  columns: { id: text(), amount: decimal(18, 2), cents: bigint(), weight: double().nullable() },
  primaryKey: ['id'],
  upstream: { payments },
  query: ({ db }) => db.selectFrom('payments').select(['id', 'amount', 'cents', 'weight']),
})
const small = defineAsset({
  key: 'small',
  columns: { id: text(), amount: decimal(18, 2), cents: bigint() },
  upstream: { amounts },
  checks: [sqlCheck('few', 'amount < 1000', { severity: 'warn' })],
  query: ({ db }) => db.selectFrom('amounts').select(['id', 'amount', 'cents']),
})

export default defineConfig({ assets: [payments, amounts, small], profiles: { default: { lake: 'tables', input: 'input' } } })
`
// The test writes the JSON by hand, because JavaScript would round the numbers.
const line = (id: string, amount: string, cents: string) => `{"id":"${id}","amount":${amount},"cents":${cents}}`
const LARGE = line('large', '9999999999999999.78', '9223372036854775807')
const SMALL = line('small', '0.10', '1')

describe('values that a double cannot hold', () => {
  const directory = sharedDirectory()
  const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: directory })
  let first: ReturnType<typeof lake>

  beforeAll(() => {
    writeFiles(directory, { 'config/lake.config.ts': CONFIG, 'input/payments/a.json': `${LARGE}\n${SMALL}\n` })
    first = at('materialize', '--json')
    expect(first).toMatchObject({ status: 0, stderr: '' })
    writeFiles(directory, { 'input/payments/a.json': `${LARGE.replace('.78', '.79')}\n${SMALL}\n` })
    expect(at('materialize').status).toBe(0)
  })

  it('are printed with all digits by lake query, as a table and as CSV', () => {
    const sql = 'select amount, cents from amounts order by id'
    const table = at('query', sql).stdout.trimEnd().split('\n')
    expect(table).toEqual([
      '             amount                cents',
      '9999999999999999.79  9223372036854775807',
      '               0.10                    1',
    ])
    expect(at('query', sql, '--format', 'csv').stdout.trimEnd().split('\n').slice(1)).toEqual([
      '9999999999999999.79,9223372036854775807',
      '0.10,1',
    ])
  })

  it('are strings in JSON, whether large or small, so that a column has one type; ints and doubles stay numbers', () => {
    const sql = `select amount, cents, 7::int as i, 0.5::double as d, [amount] as l, {'c': cents} as s, map {cents: amount} as m
      from amounts order by id`
    expect(JSON.parse(at('query', sql, '--json').stdout)).toEqual([
      {
        ...{ amount: '9999999999999999.79', cents: '9223372036854775807', i: 7, d: 0.5 },
        ...{ l: ['9999999999999999.79'], s: { c: '9223372036854775807' } },
        m: { '9223372036854775807': '9999999999999999.79' },
      },
      { ...{ amount: '0.10', cents: '1', i: 7, d: 0.5 }, l: ['0.10'], s: { c: '1' }, m: { '1': '0.10' } },
    ])
  })

  it('are distinguished by lake diff, which shows what changed', () => {
    expect(at('diff', 'amounts', '0', '1').stdout).toContain(
      '~ "large"  amount 9999999999999999.78 -> 9999999999999999.79',
    )
    expect(document(at('diff', 'amounts', '0', '1', '--json')).sample).toMatchObject([
      { change: 'changed', before: { amount: '9999999999999999.78' }, after: { amount: '9999999999999999.79' } },
    ])
  })

  it('are complete in the rows that a failed check shows', () => {
    const warned = eventsOf(first).find(({ type }) => type === 'step-warned')
    expect(warned).toMatchObject({
      message: expect.stringContaining('"amount":9999999999999999.78,"cents":9223372036854775807'),
      details: { sample: [{ amount: '9999999999999999.78', cents: '9223372036854775807' }] },
    })
  })

  it('keep the sign of a zero', () => {
    expect(at('query', "select '-0'::double as z", '--format', 'csv').stdout).toBe('z\n-0\n')
  })

  it('are written unchanged to a Parquet file', async () => {
    const file = join(directory, 'out.parquet')
    expect(at('query', 'select amount, cents from amounts order by id', '--out', file).status).toBe(0)
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    const read = await connection.runAndReadAll(`select amount::text, cents::text from '${file}'`)
    expect(read.getRows()).toEqual([
      ['9999999999999999.79', '9223372036854775807'],
      ['0.10', '1'],
    ])
    connection.closeSync()
  })
})
