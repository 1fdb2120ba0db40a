// Random assets have the rows of their query after edits, runs and killed runs.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EstimatedStep } from '../../../framework/plan/estimate.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake, type TestRun } from '../../support/lakes/test-lake.ts'
import { warnings } from '../../support/lakes/test-run.ts'
import { checkProperty } from '../../support/random/property.ts'
import { type AssetsSpec, assetsOf, randomAssets } from '../../support/random/random-assets.ts'

/** `npm run fuzz` tries many more. */
const HISTORIES = 20

type Cells = readonly (number | null)[]

/** A change of the files or the declarations, or a run. */
type Event =
  | { readonly kind: 'write'; readonly file: number; readonly rows: readonly Cells[] }
  | { readonly kind: 'remove'; readonly file: number }
  | { readonly kind: 'declare'; readonly changes: Partial<AssetsSpec> }
  | { readonly kind: 'run'; readonly selection: string; readonly only: boolean; readonly full: boolean }
  | { readonly kind: 'die'; readonly after: number }

const FILES = ['left_source/a.json', 'left_source/b.json', 'right_source/a.json', 'right_source/b.json'] as const

const cell = fc.option(fc.integer({ min: 0, max: 2 }), { freq: 6 })
const file = fc.nat({ max: FILES.length - 1 })
const rows = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { maxLength: 5 })
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), file, rows }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), file }) },
  {
    weight: 1,
    arbitrary: randomAssets.map(({ shape, least }) => ({ kind: 'declare' as const, changes: { shape, least } })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      selection: fc.constantFrom('left_source', 'right_source', 'shaped', 'free'),
      only: fc.boolean(),
      full: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const), after: fc.nat({ max: 12 }) }) },
)
const history = fc.array(fc.array(event, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 })

describe('after any history of edits, runs and killed runs', () => {
  it('every table has the rows that its query gives for the current source files', { timeout: 3_600_000 }, async () => {
    const modes = new Map<string, number>()
    const property = fc.asyncProperty(randomAssets, history, async (spec, steps) => {
      for (const mode of await playHistory(spec, steps)) modes.set(mode, (modes.get(mode) ?? 0) + 1)
    })
    const runs = await checkProperty('random assets', property, HISTORIES)
    // If every table got a full refresh each time, the test would not cover increments.
    if (runs >= HISTORIES) expect([...modes.keys()].sort()).toEqual(['full', 'ingest', 'keys', 'partitions'])
  })
})

/**
 * Applies the events, with a run after each group. Returns the modes of all steps after the first
 * run.
 */
async function playHistory(spec: AssetsSpec, steps: readonly (readonly Event[])[]): Promise<readonly string[]> {
  const lake = new TestLake()
  try {
    let declared = spec
    const modes: string[] = []
    for (const [index, events] of steps.entries()) {
      for (const one of events) {
        if (one.kind === 'declare') declared = { ...declared, ...one.changes }
        else await happen(lake, declared, one)
      }
      const graph = graphOf(assetsOf(declared))
      const { steps: promised } = await lake.plan(graph)
      const run = await lake.run(graph)
      keepsPromises(run, promised)
      expect(run.events.flatMap((one) => (one.type === 'step-finished' && one.error ? [one.error] : []))).toEqual([])
      expect(warnings(run)).toEqual([])
      expect(await lake.differences(graph)).toEqual({})
      // A table that a run brought up to date stays fresh.
      expect((await lake.plan(graph)).steps).toEqual([])
      if (index > 0) modes.push(...run.events.flatMap((one) => (one.type === 'step-started' ? [one.mode] : [])))
    }
    return modes
  } finally {
    lake.close()
  }
}

/**
 * Expects that each step ran in its planned mode, and that the estimate of its size was right:
 * exactly, or at most.
 */
function keepsPromises({ events }: TestRun, promised: readonly EstimatedStep[]): void {
  const steps = new Map(promised.map((step) => [step.asset, step]))
  for (const event of events) {
    if (event.type === 'step-started') expect(event.mode).toBe(steps.get(event.asset)?.mode)
    if (event.type !== 'step-finished' || event.outcome === 'fresh') continue
    const { estimate } = steps.get(event.asset) ?? {}
    const { certainty, keys, written } = estimate ?? {}
    const promise = { keys: keys ?? event.affected?.keys, rows: written?.rows ?? event.rowsWritten }
    const happened = { keys: event.affected?.keys, rows: event.rowsWritten }
    if (certainty === 'exact') expect(happened, event.asset).toEqual(promise)
    else {
      expect(event.rowsWritten, `${event.asset}: rows written`).toBeLessThanOrEqual(promise.rows)
      expect(happened.keys ?? 0, `${event.asset}: keys`).toBeLessThanOrEqual(promise.keys ?? 0)
    }
  }
}

async function happen(lake: TestLake, spec: AssetsSpec, one: Exclude<Event, { kind: 'declare' }>): Promise<void> {
  switch (one.kind) {
    case 'write':
      return lake.write(FILES[one.file] ?? '', linesOf(one.file, one.rows))
    case 'remove':
      return lake.remove(FILES[one.file] ?? '')
    case 'run': {
      const { selection, only, full } = one
      // With --only an upstream can be missing. In that case the run fails rightly.
      await lake.run(graphOf(assetsOf(spec)), { selection: [selection], only, full })
      return
    }
    case 'die':
      await lake.run(graphOf(assetsOf(spec)), { dieAfter: one.after }).catch(() => undefined)
  }
}

/** No other row of the source has the same `id`, so that windows have one order. */
function linesOf(file: number, content: readonly Cells[]): readonly object[] {
  const last = FILES[file]?.startsWith('left') ? 'z' : 'w'
  return content.map(([x = null, y = null, other = null], index) => ({ id: 100 * file + index, x, y, [last]: other }))
}
