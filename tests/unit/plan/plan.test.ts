// Which steps a plan has, and in which order.

import type { QueryCreator } from 'kysely'
import { byKey, byPartition, defineAsset, defineSource, int, references, text } from 'lake'
import { describe, expect, it } from 'vitest'
import type { Asset } from '../../../framework/declare/definition.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { Manifest } from '../../../framework/ingest/manifest.ts'
import type { Fingerprint } from '../../../framework/observe/fingerprint.ts'
import type { Observation } from '../../../framework/observe/observation.ts'
import { makePlan } from '../../../framework/plan/plan.ts'
import { PackedFiles } from '../../../framework/storage/packed-files.ts'
import type { LooseFunctions } from '../../support/engines/loose-functions.ts'

const events = defineSource({ key: 'events', columns: { name: text(), size: int() } })
const names = defineAsset({
  key: 'names',
  columns: { name: text() },
  primaryKey: ['name'],
  upstream: { events },
  query: ({ db }) => db.selectFrom('events').select('name'),
})
const counts = defineAsset({
  key: 'counts',
  columns: { name: text() },
  upstream: { names },
  query: ({ db }) => db.selectFrom('names').select('name'),
})
const sizes = defineAsset({
  key: 'sizes',
  columns: { name: text() },
  upstream: { events },
  checks: [references('name', names)],
  query: ({ db }) => db.selectFrom('events').select('name'),
})

const SQL = { duckdb: '$1', spark: '$1' }

const built = buildGraph([events, names, counts, sizes])
if (built.kind === 'problems') throw new Error(JSON.stringify(built.problems))
const { graph } = built
const KEYS = graph.assets.map(({ key }) => key)

const content: Fingerprint = { algorithm: 'a', rows: 1, columns: { name: '1', size: '1', _file: '1', _line: '1' } }

/**
 * Observations of an up-to-date project, except for some assets that were never built and some new
 * files.
 */
const WELL = { ignored: { count: 0, examples: [] }, lostManifest: undefined }

function observe(options: { readonly missing?: readonly string[]; readonly newFiles?: readonly string[] }) {
  const { missing = [], newFiles = [] } = options
  return new Map(
    KEYS.map((key): [string, Observation] => {
      const inputs = Object.fromEntries(graph.upstream(key).map((upstream) => [upstream, { version: 0, content }]))
      const { code, kind } = graph.get(key)
      const provenance = { format: 1, runId: 'r', engine: 'e', code, content, partitions: 1, inputs } as const
      const added = newFiles.map((path) => ({ path, size: 1, etag: '1' }))
      return [
        key,
        {
          key,
          state: missing.includes(key) ? undefined : { version: 0, committedAt: new Date(0), provenance },
          source:
            kind === 'source'
              ? {
                  ...WELL,
                  manifest: Manifest.empty,
                  files: PackedFiles.of(added),
                  changes: { added, changed: [], removed: [] },
                }
              : undefined,
          problem: undefined,
        },
      ]
    }),
  )
}

const plan = (
  observations: ReturnType<typeof observe>,
  keys: readonly string[] = KEYS,
  forced: readonly string[] = [],
) => makePlan(graph, observations, { keys, forced: new Set(forced) })

const describeSteps = ({ steps }: ReturnType<typeof plan>) =>
  steps.map(({ asset, mode, conditional }) => `${asset} ${mode}${conditional ? '?' : ''}`)

describe('a plan', () => {
  it('is empty when everything is fresh', () => {
    expect(plan(observe({}))).toEqual({ steps: [], fresh: KEYS })
  })

  it('lists upstreams before their readers, and marks the conditional steps', () => {
    expect(describeSteps(plan(observe({ newFiles: ['a'] })))).toEqual([
      'events ingest',
      'names full?',
      'counts full?',
      'sizes full?',
    ])
  })

  it('has steps only for the selected keys', () => {
    expect(describeSteps(plan(observe({ newFiles: ['a'] }), ['events', 'names']))).toEqual([
      'events ingest',
      'names full?',
    ])
  })

  it('does not rebuild an asset if lake rebuilds another one to which only a check refers', () => {
    expect(describeSteps(plan(observe({ missing: ['names'] })))).toEqual(['names full', 'counts full?'])
  })

  it('has a step for a forced asset, with `forced` as its cause', () => {
    expect(plan(observe({}), KEYS, ['sizes']).steps).toEqual([
      {
        asset: 'sizes',
        mode: 'full',
        conditional: false,
        causes: [{ kind: 'forced', message: 'asked for with --full' }],
      },
    ])
  })

  it('does not mark a step as conditional if it also has a cause of its own', () => {
    expect(describeSteps(plan(observe({ newFiles: ['a'], missing: ['counts'] })))).toEqual([
      'events ingest',
      'names full?',
      'counts full',
      'sizes full?',
    ])
  })

  it('is plain data', () => {
    const made = plan(observe({ newFiles: ['a'] }))
    expect(JSON.parse(JSON.stringify(made))).toEqual(made)
  })
})

describe('an incremental table', () => {
  const incremental = (changes: object = {}) => ({ ...names, incremental: byKey('name'), ...changes }) as Asset
  const planOf = (declared: Asset, options: Parameters<typeof observe>[0], state: object = {}) => {
    const built = buildGraph([events, declared])
    if (built.kind === 'problems') throw new Error(JSON.stringify(built.problems))
    const observations = new Map([...observe(options)].filter(([key]) => built.graph.has(key)))
    const observed = observations.get('names')
    if (observed?.state) {
      const { code } = built.graph.get('names')
      const provenance = { ...observed.state.provenance, code, ...state }
      observations.set('names', { ...observed, state: { ...observed.state, provenance } })
    }
    return makePlan(built.graph, observations, { keys: ['events', 'names'], forced: new Set() })
  }
  const stepOf = (...args: Parameters<typeof planOf>) => planOf(...args).steps.find(({ asset }) => asset === 'names')

  it('follows by keys if only the rows of its upstreams changed', () => {
    expect(stepOf(incremental(), { newFiles: ['a'] })).toMatchObject({ mode: 'keys', conditional: true })
    const partitioned = incremental({
      columns: { name: text(), size: int() },
      partitionBy: ['name'],
      incremental: byPartition(),
      query: ({ db }: { readonly db: never }) =>
        (db as QueryCreator<Record<string, Record<string, unknown>>>).selectFrom('events').select(['name', 'size']),
    })
    expect(stepOf(partitioned, { newFiles: ['a'] })).toMatchObject({ mode: 'partitions' })
  })

  it('gets a full refresh if it is missing, or if its code changed', () => {
    expect(stepOf(incremental(), { missing: ['names'] })).toMatchObject({ mode: 'full' })
    const { code } = graph.get('names')
    expect(stepOf(incremental(), { newFiles: ['a'] }, { code: { ...code, version: 'other' } })).toMatchObject({
      mode: 'full',
    })
  })

  it('gets a full refresh, with a reason, if its rows have passed other checks', () => {
    const { code } = graph.get('names')
    expect(stepOf(incremental(), { newFiles: ['a'] }, { code: { ...code, checks: 'others' } })).toMatchObject({
      mode: 'full',
      fullReason: 'its checks have changed',
    })
  })

  it('gets a full refresh if its input version is unknown or no longer exists', () => {
    expect(stepOf(incremental(), { newFiles: ['a'] }, { inputs: {} })).toMatchObject({ mode: 'full' })
    const later = { inputs: { events: { version: 5, content } } }
    expect(stepOf(incremental(), { newFiles: ['a'] }, later)).toMatchObject({ mode: 'full' })
  })

  it('gets a full refresh, with a reason, if lake cannot derive increments of its query', () => {
    const query = ({ db, fn }: { readonly db: never; readonly fn: LooseFunctions }) =>
      (db as QueryCreator<Record<string, Record<string, unknown>>>)
        .selectFrom('events')
        .select(({ ref }) => [fn.sqlFor(SQL, { type: text(), args: [ref('name')] }).as('name')])
    expect(stepOf(incremental({ query }), { newFiles: ['a'] })).toMatchObject({
      mode: 'full',
      fullReason: 'changes cannot be followed through raw SQL, which lake does not examine',
      rawSql: true,
    })
  })
})
