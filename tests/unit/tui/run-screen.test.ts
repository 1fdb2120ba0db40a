// What the screen of a run shows.
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { plainPaint } from '../../../framework/report/layout/page.ts'
import { foldRun, type RunView } from '../../../framework/report/run/run-view.ts'
import type { RunEvent } from '../../../framework/run/events.ts'
import { fittingWhenWrapped, wrappedRows } from '../../../framework/tui/live/reflow.ts'
import { replayLines } from '../../../framework/tui/run/replay.ts'
import { runFrame } from '../../../framework/tui/run/run-frame.ts'
import { openFrame, openRunScreen } from '../../../framework/tui/run/run-screen.ts'
import { createRunStore } from '../../../framework/tui/run/run-store.ts'
import { drawScrolled, scrolledBy } from '../../../framework/tui/run/scrolled.ts'
import { EVENTS_OF_A_RUN, finished, RUN, STARTED, viewAfter } from '../report/sample.ts'

const at = (second: number) => new Date(Date.parse('2026-11-23T08:14:00Z') + second * 1000)
const when = (second: number) => ({ runId: RUN, at: at(second).toISOString() })
const frame = { width: 80, height: 23, paint: plainPaint, now: at(3), tick: 0 }

/** The lines that the events leave on the terminal. */
function left(events: readonly RunEvent[], width = 80): readonly string[] {
  return events.flatMap((event, index) => {
    const view = foldRun(events.slice(0, index + 1)) as RunView
    return scrolledBy(event, view).flatMap((item) => drawScrolled(item, { ...frame, width }))
  })
}

const started = (keys: readonly string[]): RunEvent => ({
  ...{ type: 'run-started', ...when(0), lake: 'l', engine: 'duckdb', selection: [] },
  steps: keys.map((asset) => ({ asset, mode: 'full', partitions: null, conditional: false, causes: [] })),
})
const begun = (asset: string): RunEvent => ({ type: 'step-started', ...when(50), asset, mode: 'full', causes: [] })

describe('a run in progress', () => {
  it('says before the first event that it is looking for stale assets', () => {
    expect(runFrame(undefined, frame)).toEqual(['⠋ looking for stale assets'])
  })

  it('has a line for each asset that runs or waits, with the progress of running assets', () => {
    expect(runFrame(viewAfter(3), frame)).toEqual([
      '⠋ catalog  ingesting           2.0 s  1,500 of 3,000 files ██████████░░░░░░░░░░',
      '· songs    waiting                    catalog is rebuilt first',
      '· plays    waiting                    songs is rebuilt first',
      '0 of 3 done, 3.0 s: 1 running',
    ])
  })

  it('shows the share that the engine estimates as done, and what the step is doing', () => {
    const progress = { type: 'step-progressed', ...when(2), asset: 'catalog', done: 3, total: 4, unit: 'rows' } as const
    const shown = (event: RunEvent) => runFrame(foldRun([...EVENTS_OF_A_RUN.slice(0, 3), event]), frame)[0]
    expect(shown({ ...progress, phase: 'query' })).toMatch(/2\.0 s {2}75 % █{15}░{5}$/)
    expect(shown({ ...progress, phase: 'checks' })).toMatch(/2\.0 s {2}checks 75 % █{15}░{5}$/)
    expect(shown({ ...progress, total: 0 })).toMatch(/2\.0 s {2}3 rows$/)
    expect(shown({ ...progress, unit: 'tasks' })).toMatch(/2\.0 s {2}3 of 4 tasks █{15}░{5}$/)
  })

  it('fits 40 columns with the progress of each step', () => {
    const lines = runFrame(viewAfter(3), { ...frame, width: 40 })
    expect(lines[0]).toBe('⠋ catalog  1,500 of 3,000 files ███████…')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40)
    expect(runFrame(viewAfter(3), { ...frame, width: 28 })[0]).toContain('1,500 of')
  })

  it('says that it is stopping, and what a second Ctrl-C does', () => {
    const lines = runFrame(viewAfter(3), { ...frame, stopping: true })
    expect(lines.slice(-2)).toEqual([
      'stopping: running steps end, finished work is kept. Ctrl-C again quits at once.',
      '0 of 3 done, 3.0 s: 1 running',
    ])
    expect(runFrame(undefined, { ...frame, stopping: true })).toHaveLength(2)
  })

  it('shows its cost so far, and the states of the cluster and the step that it waits for', () => {
    const name = 'lake R/session/1'
    const placed = { type: 'job-placed', ...when(1), name, where: 'step s-1 on cluster j-1', takenUp: false } as const
    const changed = (state: string) => ({ type: 'job-changed', ...when(2), name, state }) as const
    const cost = { type: 'cost-estimated', ...when(2), cost: 'about $0.42 (estimate)' } as const
    const events = [...EVENTS_OF_A_RUN.slice(0, 3), placed, changed('cluster j-1 is STARTING')]
    const last = changed('cluster j-1 is RUNNING, step s-1 is PENDING')
    expect(runFrame(foldRun([...events, last, cost]), frame).slice(-2)).toEqual([
      '  cluster j-1 is RUNNING, step s-1 is PENDING',
      '0 of 3 done, 3.0 s, about $0.42 (estimate): 1 running',
    ])
  })

  it('says when the next attempt begins, which attempt runs, and why', () => {
    const error = { code: 'engine-failed' as const, message: 'the driver was lost\nat once' }
    const retried = {
      type: 'step-retried',
      ...when(2),
      asset: 'catalog',
      attempt: 1,
      attempts: 3,
      delayMs: 9_000,
      error,
    } as const
    const view = foldRun([...EVENTS_OF_A_RUN.slice(0, 3), retried])
    expect(runFrame(view, { ...frame, width: 100 })[0]).toBe(
      '⠋ catalog  retrying            2.0 s  attempt 2 of 3 begins in 8.0 s, after: the driver was lost',
    )
    expect(runFrame(view, { ...frame, width: 100, now: at(12) })[0]).toBe(
      '⠋ catalog  retrying             11 s  attempt 2 of 3, after: the driver was lost',
    )
    expect(left([...EVENTS_OF_A_RUN.slice(0, 3), retried]).slice(-2)).toEqual([
      '  catalog: attempt 1 of 3 failed: the driver was lost',
      '  at once',
    ])
  })

  it('estimates the rest of the run from earlier runs, and says how long a step took in them', () => {
    const past = {
      steps: new Map([
        ['ingest catalog', 9_000],
        ['full songs', 20_000],
        ['full plays', 4_000],
      ]),
      atOnce: 1,
    }
    const lines = runFrame(viewAfter(2), { ...frame, past })
    expect(lines[0]).toContain('of about 9 s, not built yet')
    expect(lines.at(-1)).toBe('0 of 3 done, 3.0 s, about 30 s left: 1 running')
  })

  it('is at most as high as the frame: it shows the running assets, and counts the others', () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => `t${String(index).padStart(4, '0')}`)
    const events = [started(keys), ...keys.slice(0, 3).map(begun)]
    const shown = (height: number) => runFrame(foldRun(events), { ...frame, height, now: at(60) })
    expect(shown(6)).toEqual([
      '⠋ t0000  building             10 s',
      '⠋ t0001  building             10 s',
      '⠋ t0002  building             10 s',
      '· t0003  waiting',
      '· 9,996 more waiting',
      '0 of 10,000 done, 1 min: 3 running',
    ])
    expect(shown(4)).toEqual([
      '⠋ t0000  building             10 s',
      '⠋ t0001  building             10 s',
      '· 1 more running, 9,997 waiting',
      '0 of 10,000 done, 1 min: 3 running',
    ])
    for (let height = 1; height < 12; height += 1) {
      for (let count = 1; count <= EVENTS_OF_A_RUN.length; count += 1) {
        for (const stopping of [false, true]) {
          const lines = runFrame(viewAfter(count), { ...frame, width: 40, height, stopping })
          expect(lines.length).toBeLessThanOrEqual(height)
        }
      }
    }
  })
})

describe('what a run leaves on the terminal', () => {
  it('is a line for each asset that ran, with the beginning of its error', () => {
    const bytes = { rows: 71_000, bytesWritten: 1_234_567 }
    const ended = EVENTS_OF_A_RUN.map((event) =>
      event.type === 'step-finished' && event.key === 'catalog' ? { ...event, ...bytes } : event,
    )
    expect(left(ended)).toEqual([
      `run ${RUN}: 3 steps on s3://lake with duckdb`,
      '✓ catalog  materialized        0.4 s  6,820 of 71,000 rows, 1.2 MB, …, 1 warning',
      '✗ songs    failed              1.3 s',
      '    songs: 1 row is wrong',
      '      {"id":"␛[31m"}',
      '    Nothing was published.',
    ])
  })

  it('fits the width that the terminal has at the end', () => {
    for (const line of left(EVENTS_OF_A_RUN, 40)) expect(line.length).toBeLessThanOrEqual(40)
  })

  it('has no line for assets that were skipped, and is empty for a run without steps', () => {
    const result = { key: 'plays', outcome: 'skipped', version: null, rowsWritten: 0, partitionsWritten: 0 } as const
    expect(left([STARTED, finished(result, 1, {})])).toHaveLength(1)
    expect(left([started([])])).toEqual([])
  })

  it('is shown again by `lake run`, between the options of the run and its summary', () => {
    const lines = replayLines(EVENTS_OF_A_RUN, foldRun(EVENTS_OF_A_RUN) as RunView, { ...frame, width: 100 })
    expect(lines).toEqual([
      `run ${RUN}`,
      'lake       s3://lake',
      'engine     duckdb',
      'selection  everything',
      'started    2026-11-23 08:14:00 UTC, 3 s ago',
      '',
      ...left(EVENTS_OF_A_RUN, 100).slice(1),
      '',
      'materialized because not built yet: catalog',
      'kept, still fresh: events',
      'skipped because songs failed: plays',
      'catalog warning',
      '  catalog: 2 titles are empty',
      'songs failed',
      '  songs: 1 row is wrong',
      '    {"id":"␛[31m"}',
      '  Nothing was published.',
      'Failed in 2 min 5 s: 1 failed, 1 skipped, 1 materialized, 1 fresh, 1 warning; 6,820 rows written.',
      `\`lake run ${RUN}\` shows it in full; after you have fixed it, \`lake run resume ${RUN}\` does the rest.`,
    ])
  })
})

describe('the live screen of a run', () => {
  it('draws each line that stays once, and below these lines what is in progress, until the run ends', () => {
    const store = createRunStore()
    const stdout = Object.assign(new PassThrough(), { columns: 80, rows: 24 })
    const screen = openRunScreen(stdout as unknown as NodeJS.WriteStream, { store, ...frame, now: () => at(3) })
    const drawn = () => String(stdout.read() ?? '')
    expect(drawn()).toContain('⠋ looking for stale assets')
    for (const event of EVENTS_OF_A_RUN.slice(0, 6)) store.emit(event)
    screen.draw()
    const first = drawn()
    expect(first.indexOf('✓ catalog')).toBeGreaterThan(0)
    expect(first.indexOf('⠋ songs    building')).toBeGreaterThan(first.indexOf('✓ catalog'))
    for (const event of EVENTS_OF_A_RUN.slice(6)) store.emit(event)
    store.stop()
    screen.draw()
    const second = drawn()
    expect(second).toContain('stopping: ')
    expect(second).toContain('✗ songs')
    expect(second).not.toContain('✓ catalog')
    store.end()
    screen.close()
    expect(drawn()).not.toMatch(/stopping: |songs/)
  })

  it('has room for its lines even after the terminal was narrowed to 40 columns and has wrapped them', () => {
    const keys = Array.from({ length: 30 }, (_, index) => `a_long_name_of_a_table_${index}`)
    const causes = [
      { kind: 'forced', message: 'asked for with --full, like the steps before it and all others' } as const,
    ]
    const begun = keys.map((asset): RunEvent => ({ type: 'step-started', ...when(1), asset, mode: 'full', causes }))
    const store = createRunStore()
    for (const event of [started(keys), ...begun]) store.emit(event)
    for (const size of [
      { width: 200, height: 59 },
      { width: 120, height: 39 },
      { width: 80, height: 23 },
    ]) {
      const lines = openFrame(store.state(), { ...frame, ...size })
      expect(wrappedRows(lines, 40)).toBeLessThanOrEqual(size.height)
      expect(lines.length).toBeGreaterThan(5)
    }
  })
})

describe('a terminal that is narrowed', () => {
  it('wraps lines by their letters, and does not count their colours', () => {
    expect(wrappedRows(['a'.repeat(80), '', `\u001b[31m${'b'.repeat(40)}\u001b[39m`, '日本'.repeat(11)], 40)).toBe(6)
    expect(wrappedRows(['a'.repeat(80)], 27)).toBe(3)
  })

  it('gets as many lines as fit it', () => {
    const linesAt = (height: number) => Array.from({ length: height }, () => 'a'.repeat(80))
    expect(fittingWhenWrapped(linesAt, { most: 20, rows: 23 })).toHaveLength(11)
    expect(fittingWhenWrapped(linesAt, { most: 5, rows: 23 })).toHaveLength(5)
    expect(fittingWhenWrapped(linesAt, { most: 5, rows: 1 })).toHaveLength(1)
  })
})
