import { render } from 'ink-testing-library'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { plainPaint } from '../../../framework/report/layout/page.ts'
import { foldRun } from '../../../framework/report/run/run-view.ts'
import type { RunEvent } from '../../../framework/run/events.ts'
import { lastRunFrame, runFrame } from '../../../framework/tui/run/run-frame.ts'
import { RunScreen } from '../../../framework/tui/run/run-screen.tsx'
import { createRunStore } from '../../../framework/tui/run/run-store.ts'
import { EVENTS_OF_A_RUN, finished, RUN } from '../report/sample.ts'

const at = (second: number) => new Date(Date.parse('2026-11-23T08:14:00Z') + second * 1000)
const frame = { width: 80, height: 23, paint: plainPaint, now: at(3), tick: 0 }
const viewAfter = (events: number) => foldRun(EVENTS_OF_A_RUN.slice(0, events))

describe('a run on the screen', () => {
  it('says before the first event that it is looking for stale assets', () => {
    expect(runFrame(undefined, frame)).toEqual(['⠋ looking for stale assets'])
  })

  it('has a line for each asset, with the progress of running ones', () => {
    expect(runFrame(viewAfter(3), frame)).toEqual([
      `run ${RUN} on s3://lake with duckdb`,
      '⠋ catalog  ingesting           2.0 s  1,500 of 3,000 files ██████████░░░░░░░░░░',
      '· songs    waiting                    catalog is rebuilt first',
      '· plays    waiting                    songs is rebuilt first',
      '',
      '0 of 3 done, 3.0 s: 1 running',
    ])
  })

  it('shows the progress of each step in 40 columns', () => {
    const lines = runFrame(viewAfter(3), { ...frame, width: 40 })
    expect(lines[1]).toBe('⠋ catalog  1,500 of 3,000 files ███████…')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40)
    const long = runFrame(viewAfter(3), { ...frame, width: 28 })
    expect(long[1]).toContain('1,500 of')
  })

  it('says at once that it is stopping', () => {
    const lines = runFrame(viewAfter(3), { ...frame, stopping: true })
    expect(lines.slice(-2)).toEqual(['stopping; finished work is kept', '0 of 3 done, 3.0 s: 1 running'])
  })

  it('shows its cost so far', () => {
    const cost = {
      type: 'cost-estimated',
      runId: RUN,
      at: at(2).toISOString(),
      cost: 'about $0.42 (estimate)',
    } as const
    const lines = runFrame(foldRun([...EVENTS_OF_A_RUN.slice(0, 3), cost]), frame)
    expect(lines.at(-1)).toBe('0 of 3 done, 3.0 s, about $0.42 (estimate): 1 running')
  })

  it('shows failed assets with their error below, the beginning of a long one', () => {
    const [before, after] = [viewAfter(6), viewAfter(7)]
    expect(runFrame(before, { ...frame, now: at(5) }).slice(1, 3)).toEqual([
      '✓ catalog  materialized        0.4 s  6,820 of 71,000 rows, version 3, 1 warning',
      '⠋ songs    building            1.0 s  catalog is rebuilt first',
    ])
    expect(runFrame(after, { ...frame, now: at(6) }).slice(2)).toEqual([
      '✗ songs    failed              1.3 s',
      '    songs: 1 row is wrong',
      '      {"id":"␛[31m"}',
      '    Nothing was published.',
      '· plays    waiting                    songs is rebuilt first',
      '',
      '2 of 3 done, 6.0 s: 1 failed, 1 materialized, 1 warning',
    ])
  })

  it('leaves the result of each asset with a step on the terminal, and nothing for a run without steps', () => {
    expect(lastRunFrame(viewAfter(8), frame)).toEqual([
      `run ${RUN} on s3://lake with duckdb`,
      '✓ catalog  materialized        0.4 s  6,820 of 71,000 rows, version 3, 1 warning',
      '✗ songs    failed              1.3 s  songs: 1 row is wrong',
      '- plays    skipped                    because songs failed',
    ])
    const last = EVENTS_OF_A_RUN.at(-1) as Extract<RunEvent, { type: 'run-finished' }>
    const fresh = { ...last, assets: last.assets.map((asset) => ({ ...asset, outcome: 'fresh' as const })) }
    expect(lastRunFrame(foldRun([fresh]), frame)).toEqual([])
  })

  it('fits ten thousand assets into a terminal: failed, running, the last finished, the next ones', () => {
    const keys = Array.from({ length: 10_000 }, (_, place) => `t${String(place).padStart(4, '0')}`)
    const steps = keys.map(
      (asset) => ({ asset, mode: 'full', partitions: null, conditional: false, causes: [] }) as const,
    )
    const started: RunEvent = {
      type: 'run-started',
      runId: RUN,
      at: at(0).toISOString(),
      lake: 'l',
      engine: 'duckdb',
      selection: [],
      steps,
    }
    const ends = keys.slice(0, 40).map((key, place) => {
      const outcome = place === 7 ? ('failed' as const) : ('unchanged' as const)
      const error = { code: 'query-failed' as const, message: 'out of memory' }
      const result = { key, outcome, version: 1, rowsWritten: 0, partitionsWritten: 0 }
      return finished(result, 1 + place, place === 7 ? { error } : {})
    })
    const running = keys.slice(40, 42).map(
      (asset): RunEvent => ({
        type: 'step-started',
        runId: RUN,
        at: at(50).toISOString(),
        asset,
        mode: 'full',
        causes: [],
      }),
    )
    const lines = runFrame(foldRun([started, ...ends, ...running]), { ...frame, height: 12, now: at(60) })
    expect(lines).toEqual([
      `run ${RUN} on l with duckdb`,
      '= t0035  unchanged           0.4 s  same rows as before, version 1',
      '= t0036  unchanged           0.4 s  same rows as before, version 1',
      '= t0037  unchanged           0.4 s  same rows as before, version 1',
      '= t0038  unchanged           0.4 s  same rows as before, version 1',
      '= t0039  unchanged           0.4 s  same rows as before, version 1',
      '✗ t0007  failed              0.4 s',
      '    out of memory',
      '⠋ t0040  building             10 s',
      '⠋ t0041  building             10 s',
      '',
      '40 of 10,000 done, 1 min: 1 failed, 2 running, 39 unchanged',
    ])
  })

  it('never fills more than the frame, whatever its size', () => {
    for (let height = 4; height < 12; height += 1) {
      for (let events = 1; events <= EVENTS_OF_A_RUN.length; events += 1) {
        expect(runFrame(viewAfter(events), { ...frame, height }).length).toBeLessThanOrEqual(height)
      }
    }
  })
})

describe('the live screen', () => {
  beforeEach(() => void vi.useFakeTimers({ now: at(3), toFake: ['setInterval', 'clearInterval', 'Date'] }))
  afterEach(() => void vi.useRealTimers())

  it('draws the state after the events, at the intervals of its clock', () => {
    const store = createRunStore()
    const size = () => ({ width: 80, height: 23 })
    const props = { store, size, paint: plainPaint, now: () => new Date() }
    const { lastFrame, rerender, unmount } = render(<RunScreen {...props} />)
    expect(lastFrame()).toBe('⠋ looking for stale assets')
    for (const event of EVENTS_OF_A_RUN.slice(0, 3)) store.emit(event)
    expect(lastFrame()).toBe('⠋ looking for stale assets')
    rerender(<RunScreen {...props} />)
    expect(lastFrame()).toContain('1,500 of 3,000 files')
    for (const event of EVENTS_OF_A_RUN.slice(3)) store.emit(event)
    store.stop()
    rerender(<RunScreen {...props} />)
    expect(lastFrame()).toContain('- plays    skipped')
    expect(lastFrame()).toContain('stopping; finished work is kept')
    unmount()
    expect(vi.getTimerCount()).toBe(0)
  })
})
