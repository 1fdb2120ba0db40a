import { defineAsset, defineSource, int, references, text } from 'lake'
import { describe, expect, it } from 'vitest'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { Manifest } from '../../../framework/ingest/manifest.ts'
import type { Fingerprint } from '../../../framework/observe/fingerprint.ts'
import type { Observation } from '../../../framework/observe/observation.ts'
import { makePlan } from '../../../framework/plan/plan.ts'

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

const built = buildGraph([events, names, counts, sizes])
if (built.kind === 'problems') throw new Error(JSON.stringify(built.problems))
const { graph } = built
const KEYS = graph.assets.map(({ key }) => key)

const content: Fingerprint = { algorithm: 'a', rows: 1, columns: { name: '1', size: '1', _file: '1', _line: '1' } }

/** Everything as it should be, but for the assets that never were built and the files that are new. */
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
              ? { manifest: Manifest.empty, files: added, changes: { added, changed: [], removed: [] } }
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

const shortly = ({ steps }: ReturnType<typeof plan>) =>
  steps.map(({ asset, mode, conditional }) => `${asset} ${mode}${conditional ? '?' : ''}`)

describe('a plan', () => {
  it('is empty when everything is fresh', () => {
    expect(plan(observe({}))).toEqual({ steps: [], fresh: KEYS })
  })

  it('has the steps upstreams first, and marks those that may find nothing to do', () => {
    expect(shortly(plan(observe({ newFiles: ['a'] })))).toEqual([
      'events ingest',
      'names full?',
      'counts full?',
      'sizes full?',
    ])
  })

  it('has only what is asked for', () => {
    expect(shortly(plan(observe({ newFiles: ['a'] }), ['events', 'names']))).toEqual(['events ingest', 'names full?'])
  })

  it('does not rebuild an asset because one that only its check refers to is rebuilt', () => {
    expect(shortly(plan(observe({ missing: ['names'] })))).toEqual(['names full', 'counts full?'])
  })

  it('has a step for what is forced, with that as its cause', () => {
    expect(plan(observe({}), KEYS, ['sizes']).steps).toEqual([
      {
        asset: 'sizes',
        mode: 'full',
        partitions: null,
        conditional: false,
        causes: [{ kind: 'forced', message: 'asked for with --full' }],
      },
    ])
  })

  it('is certain of a step that has a cause of its own besides', () => {
    expect(shortly(plan(observe({ newFiles: ['a'], missing: ['counts'] })))).toEqual([
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
