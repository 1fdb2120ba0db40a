// Which assets a graph accepts, and which it refuses.
import type { QueryCreator } from 'kysely'
import {
  array,
  bigint,
  binary,
  byKey,
  byPartition,
  defineAsset,
  defineSource,
  double,
  emptyAsNull,
  int,
  oneOf,
  references,
  sqlCheck,
  struct,
  text,
} from 'lake'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { Asset } from '../../../framework/declare/definition.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { select } from '../../../framework/graph/selection.ts'
import type { LooseFunctions } from '../../support/engines/loose-functions.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'

const events = defineSource({ key: 'events', columns: { id: bigint(), name: text(), size: double() } })

const names = defineAsset({
  key: 'names',
  columns: { name: text() },
  primaryKey: ['name'],
  tags: ['dimension'],
  upstream: { events },
  query: ({ db }) => db.selectFrom('events').select('name').distinct(),
})

const sizes = defineAsset({
  key: 'sizes',
  columns: { id: bigint(), name: text() },
  upstream: { events },
  checks: [references('name', names)],
  query: ({ db }) => db.selectFrom('events').select(['id', 'name']),
})

function problemsOf(assets: readonly Asset[]): readonly string[] {
  const built = buildGraph(assets)
  return built.kind === 'graph' ? [] : built.problems.map(({ asset, message }) => `${asset}: ${message}`)
}

/**
 * A table over `upstream` with changed properties, as an author without the compiler could write
 * it.
 */
function table(changes: object): Asset {
  return { ...sizes, checks: [], key: 'broken', ...changes } as Asset
}

describe('a graph', () => {
  it('puts every asset after its upstreams, and after the assets to which its checks refer', () => {
    const graph = graphOf([sizes, names, events])
    expect(graph.assets.map(({ key }) => key)).toEqual(['events', 'names', 'sizes'])
    expect(graph.upstream('sizes')).toEqual(['events', 'names'])
    expect(graph.downstream('events')).toEqual(['names', 'sizes'])
  })

  it('knows which columns of an upstream a query reads', () => {
    const resolved = graphOf([events, names]).get('names')
    expect(resolved.kind === 'table' && resolved.upstream).toEqual([
      { alias: 'events', key: 'events', columns: ['name'] },
    ])
  })

  it('holds a chain of ten thousand assets', () => {
    const chain: Asset[] = [events]
    for (let i = 0; i < 10_000; i++) {
      chain.push(
        defineAsset({
          key: `step_${i}`,
          columns: { name: text() },
          upstream: { before: chain.at(-1) as typeof events },
          query: ({ db }) => db.selectFrom('before').select('name'),
        }),
      )
    }
    const graph = graphOf(chain.toReversed())
    expect(graph.withUpstream(['step_9999'])).toHaveLength(10_001)
    expect(graph.assets[0]?.key).toBe('events')
  })
})

describe('loading a project', () => {
  it('reports all problems at once, in order, each with its remedy', () => {
    const built = buildGraph([table({ key: 'b', upstream: {} }), table({ key: 'a', primaryKey: ['nope'] })])
    expect(built).toMatchObject({
      kind: 'problems',
      problems: [
        { asset: 'a', message: 'its upstream events is unknown', remedy: expect.stringContaining('config') },
        { asset: 'a', message: 'the primary key names nope, which is not a column' },
        { asset: 'b', message: 'its query cannot be read: it reads from events, which is no upstream' },
      ],
    })
  })

  it('names the file that declares the asset', () => {
    const built = buildGraph([table({ primaryKey: ['nope'] }), events])
    expect(built.kind === 'problems' && built.problems[0]?.file).toMatch(/asset-graph\.test\.ts$/)
  })

  it.each<[string, object]>([
    ['the key "../up" cannot name a table and its directory', { key: '../up' }],
    ['the key "_lake" cannot name a table and its directory', { key: '_lake' }],
    ['its upstream ghosts is unknown', { upstream: { events: { ...events, key: 'ghosts' } } }],
    ['its upstream events is undefined', { upstream: { events: undefined } }],
    ['"a b" cannot name a column', { columns: { 'a b': text() } }],
    ['the columns Id and id differ only in case', { columns: { Id: text(), id: text() } }],
    ['the column id has no lake type', { columns: { id: z.number() } }],
    ['it has no columns', { columns: {} }],
    ['the primary key names nope, which is not a column', { primaryKey: ['nope'] }],
    [
      "the primary key's column name is nullable",
      { columns: { id: bigint(), name: text().nullable() }, primaryKey: ['name'] },
    ],
    [
      "the primary key's column name is an array",
      { columns: { id: bigint(), name: array(text()) }, primaryKey: ['name'] },
    ],
    [
      'it is partitioned by name, a struct',
      { columns: { id: int(), name: struct({ a: text() }) }, partitionBy: ['name'] },
    ],
    ['the struct name has no fields', { columns: { id: bigint(), name: struct({}) } }],
    ['the fields a and A of name differ only in case', { columns: { name: array(struct({ a: int(), A: int() })) } }],
    ['"a b" cannot name a field of name', { columns: { name: struct({ 'a b': int() }) } }],
    [
      'the column name has a refinement of an array or of parts, which lake does not check',
      { columns: { name: array(text()).min(1) } },
    ],
    [
      'the column name has a refinement of an array or of parts, which lake does not check',
      { columns: { name: struct({ a: array(int().min(1)) }) } },
    ],
    [
      'the column name has a refinement of an array or of parts, which lake does not check',
      { columns: { name: array(oneOf('a', 'b')) } },
    ],
    [
      'the column name has a refinement of an array or of parts, which lake does not check',
      { columns: { name: array(emptyAsNull()) } },
    ],
    ['the column name has no lake type', { columns: { name: array(z.number()) } }],
    ['it is partitioned by nope, which is not a column', { partitionBy: ['nope'] }],
    ['it is partitioned by size, a binary', { columns: { id: int(), size: binary() }, partitionBy: ['size'] }],
    ['it is partitioned by size, a double', { columns: { id: int(), size: double() }, partitionBy: ['size'] }],
    ['it is partitioned by all of its columns', { partitionBy: ['id', 'name'] }],
    ['it has deletionVectors and is not incremental', { deletionVectors: true }],
    [
      'it has deletionVectors and a column file_row_number',
      { deletionVectors: true, columns: { id: bigint(), file_row_number: bigint() } },
    ],
    ['a check names nope, which is not a column', { checks: [references('nope', names)] }],
    ['a check refers to ghosts, which is unknown', { checks: [references('name', { key: 'ghosts' })] }],
    ['id is bigint, but it refers to names.name, which is text', { checks: [references('id', names)] }],
    ['name refers to events, which has no single key column', { checks: [references('name', events)] }],
    [
      'its query cannot be built: no such thing',
      {
        query: () => {
          throw new Error('no such thing')
        },
      },
    ],
    [
      'the column name has a refinement (custom) that no engine can check',
      { columns: { id: bigint(), name: text().refine((value) => value !== 'x') } },
    ],
    [
      'it expects the column name of its upstream events to be int, but it is text',
      { upstream: { events: defineSource({ key: 'events', columns: { name: int() } }) } },
    ],
  ])('refuses: %s', (message, changes) => {
    expect(problemsOf([events, names, table(changes)]).map((problem) => problem.replace(/^[^:]*: /, ''))).toContain(
      message,
    )
  })

  it('refuses two assets with the same key, even in different case', () => {
    expect(problemsOf([events, { ...names, key: 'Events' }])).toEqual([
      expect.stringMatching(/^Events: the key Events is declared twice, also in .*asset-graph\.test\.ts$/),
    ])
  })

  it.each([
    ['names an asset', ['events', undefined], ['names', 'Events'], ['names: formerly names events, which is an asset']],
    [
      'names no key',
      ['events', '../x'],
      ['names', undefined],
      ['events: formerly is "../x", which cannot be the key of an asset'],
    ],
    [
      'names its own',
      ['events', 'EVENTS'],
      ['names', undefined],
      ['events: formerly names its own key (keys that differ only in case count as equal)'],
    ],
    ['is that of two', ['events', 'old'], ['names', 'OLD'], ['names: it was formerly OLD, and so was events']],
    [
      'makes a circle',
      ['events', 'names'],
      ['names', 'events'],
      [
        'events: formerly names names, which is an asset that was events before, so that they swap tables',
        'names: formerly names events, which is an asset that was names before, so that they swap tables',
      ],
    ],
    ['is one that is free', ['events', 'old'], ['names', 'older'], []],
  ] as const)('refuses a former key that %s', (_, [, ofEvents], [, ofNames], problems) => {
    expect(
      problemsOf([
        { ...events, formerly: ofEvents },
        { ...names, formerly: ofNames },
      ]),
    ).toEqual(problems)
  })

  it('refuses assets that depend on each other in a circle, and shows the circle', () => {
    const one = { ...sizes, key: 'one', checks: [references('name', { key: 'two' }, { key: 'name' })] }
    const two = { ...sizes, key: 'two', checks: [references('name', { key: 'one' }, { key: 'name' })] }
    expect(problemsOf([events, one, two])).toEqual(['one: assets depend on each other in a circle: one <- two <- one'])
  })

  it('refuses a source whose share of rejects is invalid, or a column that every source already has', () => {
    const source = defineSource({ key: 'logs', columns: { _file: text() }, maxRejected: 5 })
    expect(problemsOf([source])).toEqual(['logs: every source already has a column _file', 'logs: maxRejected is 5'])
  })

  it('accepts refinements that an engine can check', () => {
    const fine = table({
      columns: { id: bigint().min(1n), name: text().min(1).max(9).regex(/^a/) },
      checks: [sqlCheck('x', 'true')],
    })
    expect(problemsOf([events, fine])).toEqual([])
  })
})

describe('a selection', () => {
  const graph = graphOf([events, names, sizes])

  it.each([
    [[], ['events', 'names', 'sizes']],
    [['names'], ['names']],
    [['+sizes'], ['events', 'names', 'sizes']],
    [['names+'], ['names', 'sizes']],
    [['tag:dimension'], ['names']],
    [['source:*'], ['events']],
    [
      ['source:events', 'names'],
      ['events', 'names'],
    ],
    [['sizes', 'sizes'], ['sizes']],
  ])('%j means %j', (terms, keys) => {
    expect(select(graph, terms)).toEqual(keys)
  })

  it('suggests the asset that the user probably meant', () => {
    expect(() => select(graph, ['nmaes'])).toThrow(
      'no asset "nmaes" exists; did you mean names? (known: events, names, sizes)',
    )
    expect(() => select(graph, ['tag:dimensions'])).toThrow('did you mean dimension?')
    expect(() => select(graph, ['source:names'])).toThrow('source:names selects nothing')
    expect(() => select(graph, ['plays'])).toThrow('A new asset counts once assets/index.ts exports it')
  })
})

describe('a table that is declared incremental', () => {
  const latest = ({ db }: { readonly db: never }) =>
    (db as QueryCreator<Record<string, Record<string, unknown>>>)
      .selectFrom((eb) =>
        eb
          .selectFrom('events')
          .selectAll()
          .select(({ fn }) =>
            fn
              .agg('row_number')
              .over((over) => over.partitionBy('name').orderBy('id'))
              .as('place'),
          )
          .as('ranked'),
      )
      .where('place', '=', 1)
  const columns = { id: bigint(), name: text() }
  const incremental = (changes: object) => problemsOf([events, table({ columns, ...changes })])

  it('is refused if its key names no column, or if it follows by partitions and has none', () => {
    expect(incremental({ incremental: byKey('ident') })).toEqual([
      'broken: it is incremental by ident, which is not a column',
    ])
    expect(incremental({ incremental: byPartition() })).toEqual([
      'broken: it is incremental by partition and has no partitions',
    ])
  })

  it('is refused if its key is a column whose values a window compares, but not if the window is over that column', () => {
    const query = (context: { readonly db: never }) => latest(context).select(['id', 'name'])
    expect(incremental({ query, incremental: byKey('id') })).toEqual([
      'broken: it is incremental by id, but rows of different id depend on each other: a window over name spans them',
    ])
    expect(incremental({ query, incremental: byKey('name', 'id') })).toHaveLength(1)
    expect(incremental({ query, incremental: byKey('name') })).toEqual([])
  })

  it('is refused by partition if a window spans partitions, and the error names the column', () => {
    const query = (context: { readonly db: never }) => latest(context).select(['id', 'name'])
    expect(incremental({ query, partitionBy: ['id'], incremental: byPartition() })).toEqual([
      'broken: it is incremental by id, but rows of different id depend on each other: a window over name spans them',
    ])
    expect(incremental({ query, partitionBy: ['name'], incremental: byPartition() })).toEqual([])
  })

  it('is refused if its key is computed within a group, but not if the rows are grouped by it', () => {
    const query = ({ db }: { readonly db: never }) =>
      (db as QueryCreator<Record<string, Record<string, unknown>>>)
        .selectFrom('events')
        .groupBy('name')
        .select(({ fn }) => [fn.max('id').as('id'), 'name'])
    expect(incremental({ query, incremental: byKey('id') })).toEqual([
      'broken: it is incremental by id, but rows of different id depend on each other: a group over name spans them',
    ])
    expect(incremental({ query, incremental: byKey('name') })).toEqual([])
  })

  it('is accepted if its key comes from the side of a join that has no window', () => {
    const query = ({ db, fn }: { readonly db: never; readonly fn: LooseFunctions }) =>
      (db as QueryCreator<Record<string, Record<string, unknown>>>)
        .selectFrom('events as own')
        .leftJoin(latest({ db }).select(['id', 'name']).as('first'), 'first.name', 'own.name')
        .select(({ ref }) => [fn.toBigint(ref('own.id')).as('id'), 'first.name'])
    expect(incremental({ query, incremental: byKey('id') })).toEqual([])
  })

  it('is not followed if its query has raw SQL, which lake does not examine', () => {
    const query = ({ db, fn }: { readonly db: never; readonly fn: LooseFunctions }) =>
      (db as QueryCreator<Record<string, Record<string, unknown>>>)
        .selectFrom('events')
        .select(({ ref }) => [
          'id',
          fn.sqlFor({ duckdb: '$1 || 1', spark: '$1 || 1' }, { type: text(), args: [ref('name')] }).as('name'),
        ])
    const asset = graphOf([events, table({ columns, query, incremental: byKey('id') })]).get('broken')
    expect(asset.kind === 'table' && asset.incremental).toEqual({
      kind: 'refused',
      reason: 'raw SQL, which lake does not examine',
    })
  })
})
