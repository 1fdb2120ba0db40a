import { defineAsset, defineSource, int, text, timestamp } from 'lake'
import { describe, expect, it } from 'vitest'
import type { Asset, Table } from '../../../framework/declare/definition.ts'
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { buildQuery, canonicalSql, compileQuery } from '../../../framework/query/query.ts'

const events = defineSource({ key: 'events', columns: { at: timestamp(), name: text(), size: int() } })
const options = { key: 'table', columns: { name: text() }, upstream: { events } } as const
const duckdb = ({ query }: Table) => compileQuery(buildQuery(query), duckdbDialect)

const codeVersion = (asset: Asset) => {
  const built = buildGraph([events, asset])
  if (built.kind === 'problems') throw new Error(JSON.stringify(built.problems))
  return built.graph.get(asset.key).code.version
}

describe('a compiled query', () => {
  it('has its values in it, quoted', () => {
    const asset = defineAsset({
      ...options,
      query: ({ db }) => db.selectFrom('events').select('name').where('name', 'in', ["it's", 'b']),
    })
    expect(duckdb(asset)).toBe(`select "name" from "events" where "name" in ('it''s', 'b')`)
  })

  it('writes a text with a NUL character in a way that DuckDB reads', () => {
    const asset = defineAsset({
      ...options,
      query: ({ db }) => db.selectFrom('events').select('name').where('name', '=', 'a\0b'),
    })
    expect(duckdb(asset)).toContain(`"name" = 'a' || chr(0) || 'b'`)
  })

  it('says where nulls go in every order', () => {
    const asset = defineAsset({
      ...options,
      query: ({ db }) =>
        db
          .selectFrom('events')
          .select('name')
          .orderBy('size', 'desc')
          .orderBy('name', (by) => by.asc().nullsFirst()),
    })
    expect(duckdb(asset)).toContain('order by "size" desc nulls last, "name" asc nulls first')
  })

  it('writes doubles as doubles and not as decimals', () => {
    const asset = defineAsset({
      ...options,
      query: ({ db }) => db.selectFrom('events').select('name').where('size', '>', 0.1),
    })
    expect(duckdb(asset)).toContain('"size" > 0.1e0')
  })

  it('refuses a value that no engine reads', () => {
    const asset = defineAsset({
      ...options,
      query: ({ db }) => db.selectFrom('events').select('name').where('size', '>', Number.NaN),
    })
    expect(() => duckdb(asset)).toThrow('a query cannot hold the number NaN')
  })
})

describe('a code version', () => {
  const base = defineAsset({ ...options, query: ({ db }) => db.selectFrom('events').select('name') })

  it('stays when only the text of the declaration changes', () => {
    const commented = defineAsset({
      ...options,
      description: 'Another description.',
      tags: ['x'],
      query: (context) => {
        // A comment, other names, another layout.
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

  it('tells portable functions apart', () => {
    const of = (name: 'year' | 'month') =>
      defineAsset({
        ...options,
        columns: { part: int() },
        query: ({ db, fn }) => db.selectFrom('events').select(({ ref }) => fn[name](ref('at')).as('part')),
      })
    expect(codeVersion(of('year'))).not.toBe(codeVersion(of('month')))
    expect(canonicalSql(buildQuery(of('year').query))).toBe('select lake:year("at") as "part" from "events"')
  })
})
