// How lake writes queries as SQL.
import { decimal, defineAsset, defineSource, double, int, text, timestamp } from 'lake'
import { describe, expect, it } from 'vitest'
import type { Asset, Table } from '../../../framework/declare/definition.ts'
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import { assetSql } from '../../../framework/engines/sql/asset-sql.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { hashParts, tableCode } from '../../../framework/graph/code-version.ts'
import { buildQuery, canonicalSql } from '../../../framework/query/query.ts'

const events = defineSource({
  key: 'events',
  columns: { at: timestamp(), name: text(), size: int(), length: double(), price: decimal(15, 2) },
})
const options = { key: 'table', columns: { name: text() }, upstream: { events } } as const

function sqlOf(asset: unknown): string {
  const built = buildGraph([events, asset as Table])
  if (built.kind === 'problems') throw new Error(JSON.stringify(built.problems))
  const table = built.graph.get('table')
  if (table.kind !== 'table') throw new Error('it is no table')
  return assetSql(table, duckdbDialect)
}

const codeVersion = (asset: Asset) => {
  const built = buildGraph([events, asset])
  if (built.kind === 'problems') throw new Error(JSON.stringify(built.problems))
  return built.graph.get(asset.key).code.version
}

describe('an asset’s SQL', () => {
  const events_ = (query: Table['query']) =>
    sqlOf(defineAsset({ ...options, query: query as never }) as unknown as Table)

  it('contains the values of the query, quoted', () => {
    const asset = defineAsset({
      ...options,
      query: ({ db }) => db.selectFrom('events').select('name').where('name', 'in', ["it's", 'b']),
    })
    expect(sqlOf(asset)).toContain("IN (('it''s'), ('b'))")
  })

  it('writes a text with a NUL character in a way that DuckDB reads', () => {
    const asset = defineAsset({
      ...options,
      query: ({ db }) => db.selectFrom('events').select('name').where('name', '=', 'a\0b'),
    })
    expect(sqlOf(asset)).toContain(`('a' || chr(0) || 'b')`)
  })

  it('says in every order where nulls go, and adds the other columns to break ties', () => {
    const asset = defineAsset({
      ...options,
      query: ({ db }) => db.selectFrom('events').select('name').orderBy('size', 'desc').limit(3),
    })
    expect(sqlOf(asset)).toMatch(/ORDER BY c\d+ DESC NULLS LAST, c\d+ ASC NULLS LAST LIMIT 3/)
  })

  it('reads a fraction next to a double as a double, and next to a decimal as a decimal', () => {
    const of = (column: 'size' | 'length' | 'price') =>
      sqlOf(
        defineAsset({
          ...options,
          query: ({ db }) => db.selectFrom('events').select('name').where(column, '>', 0.055),
        }),
      )
    expect(of('length')).toContain('> 0.055e0')
    expect(of('size')).toContain('> 0.055e0')
    expect(of('price')).toContain("CAST('0.055' AS DECIMAL(16,3))")
  })

  it('computes what the tree says, for any precedence of operators', () => {
    const asset = defineAsset({
      ...options,
      columns: { name: int() },
      query: ({ db }) => db.selectFrom('events').select((eb) => eb(eb('size', '+', 1), '*', 2).as('name')),
    })
    expect(sqlOf(asset)).toMatch(/\(\(c\d+ \+ 1\) \* 2\)/)
  })

  it.each<[string, Table['query'], string]>([
    [
      'NaN',
      (({ db }) => db.selectFrom('events').select('name').where('size', '>', Number.NaN)) as Table['query'],
      'NaN',
    ],
  ])('refuses a value that no engine reads: %s', (_, query, message) => {
    expect(() => events_(query)).toThrow(message)
  })
})

describe('a code version', () => {
  const base = defineAsset({ ...options, query: ({ db }) => db.selectFrom('events').select('name') })

  it('stays the same if only the text of the declaration changes', () => {
    const commented = defineAsset({
      ...options,
      description: 'Another description.',
      tags: ['x'],
      query: (context) => {
        // The comment, the names and the layout differ.
        const from = context.db.selectFrom('events')
        return from.select(['name'])
      },
    })
    expect(codeVersion(commented)).toBe(codeVersion(base))
  })

  it.each<[string, Asset]>([
    [
      'a filter',
      defineAsset({ ...options, query: ({ db }) => db.selectFrom('events').select('name').where('size', '=', 1) }),
    ],
    ['distinct', defineAsset({ ...options, query: ({ db }) => db.selectFrom('events').select('name').distinct() })],
    [
      'nullability',
      defineAsset({
        ...options,
        columns: { name: text().nullable() },
        query: ({ db }) => db.selectFrom('events').select('name'),
      }),
    ],
  ])('changes with %s', (_, asset) => {
    expect(codeVersion(asset)).not.toBe(codeVersion(base))
  })

  it('differs for different functions', () => {
    const of = (name: 'year' | 'month') =>
      defineAsset({
        ...options,
        columns: { part: int() },
        query: ({ db, fn }) => db.selectFrom('events').select(({ ref }) => fn[name](ref('at')).as('part')),
      })
    expect(codeVersion(of('year'))).not.toBe(codeVersion(of('month')))
    expect(canonicalSql(buildQuery(of('year').query))).toBe('select lake:year("at") as "part" from "events"')
  })

  it('contains the rules of conversions only if the query converts', () => {
    const of = (canonicalSql: string) =>
      tableCode(
        { canonicalSql, upstream: [] },
        { columns: [], partitionBy: [], primaryKey: [], oneRow: false, checks: [] },
      ).query
    expect(of('select lake:to_date("day")')).toBe(
      hashParts(['expressions 2', 'conversions 2', 'select lake:to_date("day")']),
    )
    expect(of('select "day"')).toBe(hashParts(['expressions 2', 'select "day"']))
  })

  it('differs between queries that differ only in their brackets', () => {
    const of = (query: Table['query']) => canonicalSql(buildQuery(query))
    const one = of((({ db }) =>
      db.selectFrom('events').select((eb) => eb(eb('size', '+', 1), '*', 2).as('x'))) as Table['query'])
    const other = of((({ db }) =>
      db.selectFrom('events').select((eb) => eb('size', '+', eb('size', '*', 2)).as('x'))) as Table['query'])
    expect(one).toBe('select ("size" + 1) * 2 as "x" from "events"')
    expect(other).toBe('select "size" + ("size" * 2) as "x" from "events"')
  })
})
