// How lake folds events into the view of a run.
import { describe, expect, it } from 'vitest'
import { foldEvent, foldRun } from '../../../../framework/report/run/run-view.ts'
import type { RunEvent } from '../../../../framework/run/events.ts'
import { EVENTS_OF_A_RUN, RUN, viewAfter } from '../sample.ts'

describe('the view of a run', () => {
  it('is undefined without events', () => {
    expect(foldRun([])).toBeUndefined()
  })

  it('begins with all steps waiting', () => {
    expect(viewAfter(1)).toMatchObject({
      runId: RUN,
      lake: 's3://lake',
      engine: 'duckdb',
      status: 'running',
      durationMs: null,
    })
    expect(viewAfter(1)?.assets.map(({ key, state, mode }) => [key, state, mode])).toEqual([
      ['catalog', 'waiting', 'ingest'],
      ['songs', 'waiting', 'full'],
      ['plays', 'waiting', 'full'],
    ])
  })

  it('follows a step from its start through progress and warnings to its end', () => {
    expect(viewAfter(2)?.assets[0]).toMatchObject({ state: 'running', startedAt: '2026-11-23T08:14:01.000Z' })
    expect(viewAfter(3)?.assets[0]).toMatchObject({ progress: { done: 1500, total: 3000, unit: 'files' } })
    expect(viewAfter(4)?.assets[0]).toMatchObject({ state: 'running', warnings: ['catalog: 2 titles are empty'] })
    expect(viewAfter(5)?.assets[0]).toMatchObject({
      ...{ state: 'materialized', version: 3, rows: 71_000, rowsWritten: 6_820, partitionsWritten: 1, durationMs: 400 },
      ...{ progress: null, error: null, finishedAt: '2026-11-23T08:14:04.000Z' },
    })
    expect(viewAfter(7)?.assets[1]).toMatchObject({ state: 'failed', error: { code: 'check-failed' } })
  })

  it('lists at the end the assets that never ran, upstreams first', () => {
    expect(viewAfter(8)).toMatchObject({ status: 'failed', durationMs: 125_000 })
    expect(viewAfter(8)?.assets.map(({ key, state, mode }) => [key, state, mode])).toEqual([
      ['catalog', 'materialized', 'ingest'],
      ['events', 'fresh', null],
      ['songs', 'failed', 'full'],
      ['plays', 'skipped', 'full'],
    ])
  })

  it('has after each event the same counts as the list of its assets', () => {
    for (let events = 1; events <= EVENTS_OF_A_RUN.length; events += 1) {
      const view = viewAfter(events)
      const counts = Object.entries(view?.totals.states ?? {}).filter(([, count]) => count > 0)
      const states = view?.assets.map(({ state }) => state) ?? []
      expect(Object.fromEntries(counts)).toEqual(
        Object.fromEntries(
          [...new Set(states)].map((state) => [state, states.filter((other) => other === state).length]),
        ),
      )
      expect(view?.totals.rowsWritten).toBe(view?.assets.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0))
      expect(view?.totals.warnings).toBe(view?.assets.reduce((sum, { warnings }) => sum + warnings.length, 0))
    }
  })

  it('does not change an earlier view when it folds an event', () => {
    const before = viewAfter(1)
    const copy = structuredClone(before)
    foldEvent(before, EVENTS_OF_A_RUN[1] as RunEvent)
    expect(before).toEqual(copy)
  })

  it('accepts a log whose beginning is missing', () => {
    const view = foldRun(EVENTS_OF_A_RUN.slice(4))
    expect(view).toMatchObject({ runId: RUN, status: 'failed' })
    expect(view?.assets.map(({ key }) => key)).toEqual(['catalog', 'events', 'songs', 'plays'])
    expect(view?.totals.states).toMatchObject({
      materialized: 1,
      fresh: 1,
      failed: 1,
      skipped: 1,
      waiting: 0,
      running: 0,
    })
  })
})
