// What the screen of a scheduler shows.
import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../../framework/declare/runs/schedule.ts'
import { plainPaint } from '../../../framework/report/layout/page.ts'
import {
  foldRefreshEvent,
  foldScheduleEvent,
  type ScheduleView,
  withNextTicks,
  withSchedules,
} from '../../../framework/report/schedule-view.ts'
import type { ScheduleEvent } from '../../../framework/schedule/schedule-events.ts'
import { scheduleFrame } from '../../../framework/tui/schedule/schedule-frame.ts'
import { EVENTS_OF_A_RUN } from '../report/sample.ts'

const HOURLY: Schedule = { name: 'hourly', cron: '0 * * * *' }
const ARRIVALS: Schedule = { name: 'arrivals', every: '1m', whenStale: true }
const now = new Date('2026-11-23T08:14:03Z')
const at = now.toISOString()
const due = '2026-11-23T08:14:00.000Z'
const frame = {
  ...{ width: 80, height: 23, paint: plainPaint, now, tick: 0, stopping: false },
  ...{ facts: ['lease of process 7'], shows: { keys: false, refresh: false } },
}
const opened = withNextTicks(withSchedules({ schedules: [], running: undefined }, [HOURLY, ARRIVALS]), now)
const viewAfter = (...events: readonly ScheduleEvent[]): ScheduleView => events.reduce(foldScheduleEvent, opened)
const shown = (view: ScheduleView, changed = {}) => scheduleFrame(view, { ...frame, ...changed })

const STARTED: ScheduleEvent = { type: 'refresh-started', at, schedule: 'hourly', due }
const ENDED = { type: 'refresh-ended', at, schedule: 'hourly', due, durationMs: 2_500 } as const

describe('the screen of a scheduler', () => {
  it('has a line for each schedule with its next tick, and says which scheduler has the lease', () => {
    expect(shown(opened)).toEqual([
      '  schedule  last         next',
      '· hourly    not run yet  in 45 min',
      '· arrivals  not run yet  in 57 s',
      'lease of process 7',
      'q stop  Enter refresh  ? keys',
    ])
  })

  it('shows the current refresh with its progress, and all of its assets if the user opens it', () => {
    expect(shown(viewAfter(STARTED))).toContain('▸ hourly begins')
    const view = EVENTS_OF_A_RUN.slice(0, 3).reduce(foldRefreshEvent, viewAfter(STARTED))
    expect(shown(view).slice(1)).toEqual([
      '▸ hourly    running      0.0 s  in 45 min',
      '· arrivals  not run yet         in 57 s',
      '⠋ catalog  ingesting           2.0 s  1,500 of 3,000 files ██████████░░░░░░░░░░',
      '· 2 waiting',
      '0 of 3 done, 3.0 s: 1 running',
      'lease of process 7',
      'q stop  Enter refresh  ? keys',
    ])
    expect(shown(view, { shows: { keys: false, refresh: true } })).toContain(
      '· plays    waiting                    songs is rebuilt first',
    )
  })

  it('keeps showing the result of the last tick, and says what is wrong', () => {
    const error = { code: 'check-failed', message: 'songs: 1 row is wrong' } as const
    expect(shown(viewAfter(STARTED, { ...ENDED, status: 'failed', error })).slice(1, -2)).toEqual([
      '✗ hourly    failed just now  2.5 s  in 45 min',
      '· arrivals  not run yet             in 57 s',
      'schedule hourly: failed at 2026-11-23 08:14 UTC: songs: 1 row is wrong',
    ])
    expect(shown(viewAfter(STARTED, { ...ENDED, status: 'succeeded' }))[1]).toBe(
      '✓ hourly    succeeded just now  2.5 s  in 45 min',
    )
    const fresh = { ...ENDED, type: 'refresh-skipped', schedule: 'arrivals', reason: 'nothing is stale' } as const
    expect(shown(viewAfter(fresh))[2]).toMatch(/^✓ arrivals {2}fresh just now/)
  })

  it('counts the missed ticks until the next tick runs, and shows that the lake cannot be reached', () => {
    const missed = { type: 'ticks-left-out', at, schedule: 'hourly', why: 'missed', count: 2 } as const
    const left = viewAfter(
      { ...missed, first: due, last: due },
      { ...missed, why: 'superseded', count: 9, first: due, last: due },
    )
    expect(shown(left)[1]).toMatch(/^· hourly +not run yet +2 +in 45 min$/)
    expect(shown(left)).toContain('schedule hourly: 2 ticks were not run since 2026-11-23 08:14 UTC')
    expect(shown(foldScheduleEvent(left, STARTED)).join('\n')).not.toContain('were not run')
    const error = { code: 'storage', message: 's3://lake does not answer' } as const
    const unreachable = viewAfter({ type: 'lake-unreachable', at, schedule: 'hourly', error })
    expect(shown(unreachable)).toContain('schedule hourly: s3://lake does not answer')
    const reached = foldScheduleEvent(unreachable, { type: 'lake-reached', at, schedule: 'hourly' })
    expect(shown(reached)).toEqual(shown(opened))
  })

  it('keeps the history of schedules when the config changes, and computes their next ticks again', () => {
    const view = viewAfter(STARTED, { ...ENDED, status: 'succeeded' })
    const daily: Schedule = { name: 'hourly', cron: '0 9 * * *' }
    const changed = withNextTicks(withSchedules(view, [daily]), now)
    expect(shown(changed)[1]).toBe('✓ hourly    succeeded just now  2.5 s  in 45 min')
    expect(shown(changed)[2]).toBe('lease of process 7')
  })

  it('fits any terminal together with its keys, even while it stops or while a refresh runs', () => {
    const view = EVENTS_OF_A_RUN.slice(0, 3).reduce(foldRefreshEvent, viewAfter(STARTED))
    const daily = withNextTicks(withSchedules(view, [{ name: 'every-night', cron: '30 19 * * *' }]), now)
    expect(shown(daily, { width: 40 })[1]).toBe('· every-night  not run yet  in 11 h')
    for (let height = 1; height < 20; height += 1) {
      for (const width of [40, 80]) {
        const shows = { keys: height > 10, refresh: width === 40 }
        const lines = shown(view, { width, height, shows, stopping: height % 2 === 0 })
        expect(lines.length).toBeLessThanOrEqual(height)
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
      }
    }
    expect(shown(view, { stopping: true }).at(-1)).toMatch(/^stopping: /)
    expect(shown(view, { height: 6 })).toContain('… 3 more lines')
  })
})
