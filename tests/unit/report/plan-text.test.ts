// What `lake plan` prints as text.
import { describe, expect, it } from 'vitest'
import type { StepEstimate } from '../../../framework/plan/estimate.ts'
import { planText } from '../../../framework/report/plan-text.ts'
import { lines, page, STARTED } from './sample.ts'

const UNKNOWN: StepEstimate = {
  certainty: 'at-most',
  keys: null,
  read: { rows: null, bytes: null },
  written: { rows: null, bytes: null },
  files: [],
}

describe('a plan as text', () => {
  it('has every step in order, with each cause on its own line', () => {
    const steps =
      STARTED.type === 'run-started'
        ? STARTED.steps.map(({ partitions: _, ...step }) => ({ ...step, estimate: UNKNOWN }))
        : []
    expect(lines(planText({ steps, fresh: ['events'] }, page()))).toMatchInlineSnapshot(`
      [
        "3 steps:",
        "1  catalog  ingest its rows",
        "              not built yet",
        "2  songs    rebuild in full, if its upstreams' rows change",
        "              catalog is rebuilt first",
        "3  plays    rebuild in full, if its upstreams' rows change",
        "              songs is rebuilt first",
        "              events is rebuilt first",
        "",
        "1 asset is fresh and stays as it is.",
      ]
    `)
  })

  it('does not say that there is nothing to do if some assets cannot be planned', () => {
    const text = (fresh: readonly string[], leftOut: number) => planText({ steps: [], fresh, leftOut }, page())
    expect(text([], 0)).toBe('Nothing to do: no asset is selected.')
    expect(text([], 2)).toBe('No steps: 2 assets cannot be planned.')
    expect(text(['events'], 1)).toBe('No steps: 1 asset cannot be planned, and 1 asset is fresh.')
  })

  it('shows the estimate of each step, and the files that made it stale', () => {
    const cause = {
      kind: 'upstream-changed',
      upstream: 'events',
      pending: false,
      fromVersion: 3,
      toVersion: 4,
    } as const
    const step = {
      asset: 'plays',
      conditional: false,
      causes: [{ ...cause, message: 'events changed', columns: null }],
    }
    const file = { source: 'events', path: '2018/11.json', change: 'changed', rowsBefore: 100, rowsAfter: 114 } as const
    const estimate: StepEstimate = {
      certainty: 'exact',
      keys: 12,
      read: { rows: 1_000, bytes: 45_000 },
      written: { rows: 14, bytes: 700 },
      files: [file, { ...file, path: 'b.json', change: 'removed', rowsBefore: 1, rowsAfter: 0 }],
    }
    const partitions = ['year=2018/month=11']
    const bound: StepEstimate = { ...estimate, certainty: 'at-most', read: { rows: null, bytes: null }, files: [] }
    const steps = [
      { ...step, mode: 'keys' as const, partitions, estimate },
      { ...step, mode: 'partitions' as const, partitions, estimate: { ...estimate, files: [] } },
      { ...step, mode: 'keys' as const, conditional: true, estimate: bound },
      { ...step, mode: 'keys' as const, partitions: [], estimate: { ...bound, certainty: 'exact' as const, keys: 0 } },
    ]
    expect(lines(planText({ steps, fresh: [] }, page()))).toMatchInlineSnapshot(`
      [
        "4 steps:",
        "1  plays  replace 12 keys in 2018-11",
        "            reads 1,000 rows (45.0 kB), writes 14 rows (700 B)",
        "            events changed",
        "              events/2018/11.json changed, 14 rows added",
        "              events/b.json removed, 1 row removed",
        "2  plays  replace 1 partition: 2018-11",
        "            reads 1,000 rows (45.0 kB), writes 14 rows (700 B)",
        "            events changed",
        "3  plays  replace at most 12 keys, if its upstreams' rows change",
        "            writes at most 14 rows (700 B)",
        "            events changed",
        "4  plays  replace nothing: the rows stay the same",
        "            writes 14 rows (700 B)",
        "            events changed",
      ]
    `)
  })

  it('says that there is nothing to do, and how to force it', () => {
    expect(planText({ steps: [], fresh: ['a', 'b'] }, page())).toBe(
      'Nothing to do: all 2 assets are fresh. To rebuild anyway: `lake materialize --full`',
    )
  })
})
