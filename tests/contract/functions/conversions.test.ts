/** Every engine converts the same texts to the same values, and refuses the same other texts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { SESSION_SETTINGS } from '../../../framework/engines/spark/protocol/session-settings.ts'
import { sparkDialect } from '../../../framework/engines/spark/sql/spark-dialect.ts'
import type { SqlDialect } from '../../../framework/expression/dialect.ts'
import { buildQuery } from '../../../framework/query/query.ts'
import { looseFunctions as fn } from '../../support/engines/loose-functions.ts'
import { readTree, sqlOf } from '../../support/engines/three-engines.ts'
import { duckdbResult } from '../../support/functions/typed-rows.ts'
import { sparkEnvironments } from '../../support/spark/spark.ts'
import { SparkSql } from '../../support/spark/spark-sql.ts'

const TABLES = new Map([
  [
    'texts',
    {
      keys: [['id']],
      columns: [
        { name: 'id', type: { kind: 'int' }, nullable: false },
        { name: 'x', type: { kind: 'text' }, nullable: true },
      ] as const,
    },
  ],
])

const LONG = 'ff00'.repeat(5000)

/**
 * A function, the texts that it accepts with the results as text, and the texts for which it fails.
 */
const CASES = [
  {
    of: 'fromHex',
    gives: { '': '', '00': '00', fF80: 'ff80', C328: 'c328', [LONG]: LONG },
    fails: ['a', 'aBc', 'zz', ' 00', '0x00', 'ff80\n', 'f\u0660'],
  },
  {
    of: 'fromBase64',
    gives: {
      ...{ '': '', 'QQ==': '41', 'QUI=': '4142', QUJD: '414243', '+/8=': 'fbff' },
      [Buffer.from(LONG, 'hex').toString('base64')]: LONG,
    },
    // Wrong bits in the last digit, no padding, padding inside, base64 for URLs, line breaks.
    fails: ['QR==', 'QUJ=', 'QQ', 'QQ=', 'QQ==QQ==', '-_8=', 'QUJD\n', 'QUJD\r\nQUJD', 'Q U='],
  },
  { of: 'toInt', gives: { ' 7 ': '7', '-12': '-12' }, fails: ['7\n', '7\r', '\t7', '7\u2028', '1.5', ''] },
  { of: 'toDouble', gives: { '1.5e0': '1.5' }, fails: ['1.5\n', '1.5d', '1_000'] },
  {
    of: 'toDate',
    gives: { '2020-02-29': '2020-02-29' },
    fails: ['2020-02-29\n', '2019-02-29', ' 2020-02-29', '2020-02-29x', '2020-02-29 10:11'],
  },
  {
    of: 'toTimestamp',
    gives: {
      '2020-02-29': '2020-02-29T00:00:00.000000Z',
      '2020-02-29 10:11': '2020-02-29T10:11:00.000000Z',
      '2020-02-29T10:11:12.5+01:00': '2020-02-29T09:11:12.500000Z',
    },
    fails: ['2020-02-29T10:11\n', '2020-02-29T24:00', '2020-02-29T10:11Z', '2020-02-29T10:11:12 UTC'],
  },
] as const

/** The result of the function, as a text that is the same on all engines. */
function shown(of: (typeof CASES)[number]['of']) {
  if (of.startsWith('from')) return fn.toHex(fn[of]('x'))
  return fn.toText(of === 'toDouble' ? fn.toDecimal(fn[of]('x'), 9, 1) : fn[of]('x'))
}

function sqlFor(of: (typeof CASES)[number]['of'], dialect: SqlDialect, rows: string): string {
  const tree = buildQuery(({ db }) => (db as never as Loose).selectFrom('texts').select([shown(of).as('y' as never)]))
  return sqlOf(readTree(tree, TABLES), dialect, rows)
}

interface Loose {
  selectFrom(table: string): { select(outputs: readonly unknown[]): never }
}

const texts = [...new Set(CASES.flatMap(({ gives, fails }) => [...Object.keys(gives), ...fails]))]

type Query = (sql: string) => Promise<{ readonly rows: readonly (readonly unknown[])[] }>

async function compare({ of, gives, fails }: (typeof CASES)[number], dialect: SqlDialect, query: Query) {
  const id = (text: string) => texts.indexOf(text)
  const read: Record<string, unknown> = {}
  for (const text of Object.keys(gives)) {
    const { rows } = await query(sqlFor(of, dialect, `id = ${id(text)}`))
    read[text] = rows[0]?.[0]
  }
  expect(read).toEqual(gives)
  expect((await query(sqlFor(of, dialect, 'id = -1'))).rows).toEqual([[null]])
  for (const text of fails) {
    const answer = query(sqlFor(of, dialect, `id = ${id(text)}`))
    await expect(answer, JSON.stringify(text)).rejects.toThrow()
  }
}

const environments = sparkEnvironments()

describe('a conversion of text', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-conversions-'))
  const file = join(directory, 'texts.parquet')
  let duckdb: DuckDbSession

  beforeAll(async () => {
    duckdb = await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, directory)
    await duckdb.withConnection(async (db) => {
      const rows = texts.map((text, id) => `(${id}, ${duckdbDialect.text(text)})`)
      await db.run(`CREATE TABLE texts (id INTEGER, x VARCHAR)`)
      await db.run(`INSERT INTO texts VALUES (-1, NULL), ${rows.join(', ')}`)
      await db.run(`COPY texts TO '${file}' (FORMAT parquet)`)
    })
  })
  afterAll(() => {
    duckdb.close()
    rmSync(directory, { recursive: true })
  })

  it.each(CASES)('accepts exactly its own texts on DuckDB: $of', (tried) =>
    duckdb.withConnection((db) => compare(tried, duckdbDialect, (sql) => duckdbResult(db, sql))),
  )

  describe.each(environments)('on Spark $version', (environment) => {
    let spark: SparkSql
    beforeAll(async () => {
      spark = await SparkSql.open(environment, { ...SESSION_SETTINGS, 'spark.sql.shuffle.partitions': '1' })
      await spark.query(`CREATE TEMPORARY VIEW texts USING parquet OPTIONS (path '${file}')`)
    })
    afterAll(() => spark.close())

    it.each(CASES)('accepts exactly its own texts: $of', (tried) =>
      compare(tried, sparkDialect, (sql) => spark.query(sql)),
    )
  })
})
