/** The screen of past runs: its list, and one run of it. */
import { describe, expect, it } from 'vitest'
import { plainPaint } from '../../../framework/report/layout/page.ts'
import { foldRun, type RunView } from '../../../framework/report/run/run-view.ts'
import { openedLines, pageOf, runsFrame, visibleRuns } from '../../../framework/tui/runs/runs-frame.ts'
import { OPENING_RUNS, type RunsAction, type RunsModel, runsReducer } from '../../../framework/tui/runs/runs-model.ts'
import { EVENTS_OF_A_RUN, NOW } from '../report/sample.ts'

const frame = { width: 80, height: 10, paint: plainPaint, now: NOW }
const ids = Array.from({ length: 1_000 }, (_, index) => `20261123T07${String(9999999 - index)}Z-3f9a1c`)
const run = foldRun(EVENTS_OF_A_RUN) as RunView

type Press = Extract<RunsAction, { kind: 'key' }>['press']
const key = (character: string): Press => ({ kind: 'character', character })

const pressing = (model: RunsModel, ...presses: readonly Press[]): RunsModel =>
  presses.reduce((now, press) => {
    const lines = now.openedAt === undefined ? 0 : openedLines(now, frame).length
    return runsReducer(now, { kind: 'key', press, page: pageOf(now, frame.height), lines })
  }, model)

const listed = runsReducer(OPENING_RUNS, { kind: 'listed', ids })

describe('the list of runs', () => {
  it('says that it is being read, or what to do if there is no run', () => {
    expect(runsFrame(OPENING_RUNS, frame)).toEqual(['listing the runs ...'])
    expect(runsFrame(runsReducer(OPENING_RUNS, { kind: 'listed', ids: [] }), frame)[0]).toContain('lake materialize')
  })

  it('shows of an unread run what its ID contains, and reads only the runs that it shows', () => {
    expect(visibleRuns(listed, frame.height)).toEqual(ids.slice(0, 8))
    const lines = runsFrame(listed, frame)
    expect(lines).toHaveLength(10)
    expect(lines[1]).toMatch(/^❯ 20261123T079999999Z-3f9a1c/)
    expect(lines.at(-1)).toBe('1 of 1,000  ↑↓ move  Enter opens  q leave')
  })

  it('shows the result of a run, or that the run left no events', () => {
    const [first = '', second = ''] = ids
    const runs = new Map([
      [first, { ...run, runId: first }],
      [second, null],
    ])
    const lines = runsFrame(runsReducer(listed, { kind: 'read', runs }), { ...frame, width: 120 })
    expect(lines[1]).toMatch(/failed +1 min ago +2 min 5 s +duckdb +6,820 +1 failed, 1 skipped/)
    expect(lines[2]).toMatch(/killed/)
  })

  it('keeps the selected run visible and selected when newer runs come', () => {
    const last = pressing(listed, key('G'))
    expect(last.selected).toBe(ids.at(-1))
    expect(visibleRuns(last, frame.height)).toEqual(ids.slice(-8))
    const moved = pressing(listed, key('j'), { kind: 'page-down' }, { kind: 'up' })
    expect(moved.selected).toBe(ids[8])
    const newer = runsReducer(moved, { kind: 'listed', ids: ['20261123T080000000Z-3f9a1c', ...ids] })
    expect(newer.selected).toBe(ids[8])
    expect(visibleRuns(newer, frame.height)).toContain(ids[8])
  })

  it('still shows its runs after a reading has failed', () => {
    const failed = runsReducer(listed, { kind: 'failed', problem: 'no connection\nat all' })
    const lines = runsFrame(failed, frame)
    expect(lines).toHaveLength(10)
    expect(lines.at(-2)).toContain('no connection')
  })

  it('is left with q, escape and Ctrl-C', () => {
    for (const press of [key('q'), { kind: 'escape' }, { kind: 'interrupt' }] as const) {
      expect(pressing(listed, press).leaving).toBe(true)
    }
  })
})

describe('a single run in the list of runs', () => {
  const read = runsReducer(listed, { kind: 'read', runs: new Map([[ids[0] ?? '', run]]) })
  const opened = pressing(read, { kind: 'enter' })

  it('is opened with Enter, scrolled to its end and no further, and closed with Escape', () => {
    expect(runsFrame(opened, frame)[0]).toBe(`run ${run.runId}`)
    expect(runsFrame(opened, frame)).toHaveLength(10)
    const end = pressing(opened, key('G'), key('j'))
    const lines = openedLines(opened, frame)
    expect(runsFrame(end, frame).slice(0, -1)).toEqual(lines.slice(-9))
    expect(runsFrame(end, frame).at(-1)).toBe(`Escape back  q leave  ↑↓ ${lines.length - 8} of ${lines.length} lines`)
    expect(pressing(end, key('g')).openedAt).toBe(0)
    const closed = pressing(end, { kind: 'escape' })
    expect(closed).toMatchObject({ openedAt: undefined, leaving: false, selected: ids[0] })
    expect(pressing(end, key('q')).leaving).toBe(true)
  })

  it('is the only run that the screen reads while it is open', () => {
    expect(visibleRuns(opened, frame.height)).toEqual([ids[0]])
    expect(runsFrame(pressing(listed, { kind: 'enter' }), frame)[0]).toBe('reading ...')
  })
})
