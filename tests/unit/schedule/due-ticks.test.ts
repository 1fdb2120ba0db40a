// Which ticks of a schedule are due, and which were missed.
import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../../framework/declare/runs/schedule.ts'
import { dueTicks, type LastTick, MAX_CAUGHT_UP, nextStart } from '../../../framework/schedule/ticks/due-ticks.ts'

const at = (time: string) => Date.parse(`2026-05-04T${time}:00Z`)
const shown = (time: number | undefined) =>
  time === undefined ? undefined : new Date(time).toISOString().slice(11, 16)

interface Given {
  readonly last?: LastTick
  /** When the scheduler started. */
  readonly since: string
  readonly now: string
}

/** Decisions in the form `run 10:00` and `missed 08:00-09:00 (2)`. */
function decided(settings: Partial<Schedule>, { last, since, now }: Given): readonly string[] {
  const schedule: Schedule = { name: 'hourly', cron: '0 * * * *', ...settings }
  const due = dueTicks({ schedule, last, watchingSince: at(since), now: at(now), lake: 'lake' })
  const left = due.leftOut.map(({ why, count, first, last: end }) => `${why} ${shown(first)}-${shown(end)} (${count})`)
  return [...left, ...(due.run === undefined ? [] : [`run ${shown(due.run)}`])]
}

const tick = (due: string, startedAt = due, endedAt = startedAt): LastTick => ({
  due: at(due),
  ran: { startedAt: at(startedAt), endedAt: at(endedAt) },
})

describe('the ticks that are due', () => {
  it('do not include the next tick before its time', () => {
    const known = { last: tick('09:00'), since: '08:30' }
    expect(decided({}, { ...known, now: '09:59' })).toEqual([])
    expect(decided({}, { ...known, now: '10:00' })).toEqual(['run 10:00'])
    expect(decided({}, { ...known, now: '10:20' })).toEqual(['run 10:00'])
  })

  it('do not include ticks from before the first scheduler started', () => {
    expect(decided({ catchUp: 'all' }, { since: '09:30', now: '09:59' })).toEqual([])
    expect(decided({ catchUp: 'all' }, { since: '09:30', now: '10:00' })).toEqual(['run 10:00'])
  })

  it('include missed ticks as `catchUp` says: none, the latest, or all in order', () => {
    const down = { last: tick('06:00'), since: '09:30', now: '09:31' }
    expect(decided({}, down)).toEqual(['missed 07:00-09:00 (3)'])
    expect(decided({ catchUp: 'latest' }, down)).toEqual(['missed 07:00-08:00 (2)', 'run 09:00'])
    expect(decided({ catchUp: 'all' }, down)).toEqual(['run 07:00'])
    expect(decided({ catchUp: 'all' }, { ...down, last: tick('07:00', '09:31', '09:32') })).toEqual(['run 08:00'])
  })

  it('include, as `overlap` says, the latest tick that came due during an earlier tick, or none', () => {
    const long = { last: tick('10:00', '10:00', '12:30'), since: '08:00', now: '12:30' }
    expect(decided({}, long)).toEqual(['superseded 11:00-11:00 (1)', 'run 12:00'])
    expect(decided({ overlap: 'skip' }, long)).toEqual(['overlapped 11:00-12:00 (2)'])
    expect(decided({ overlap: 'skip' }, { ...long, now: '13:00' })).toEqual(['overlapped 11:00-12:00 (2)', 'run 13:00'])
  })

  it('count as overlapped, not as missed, if a tick was at work on another host when they came due', () => {
    const other = { last: tick('10:00', '10:00', '11:10'), since: '11:30', now: '11:31' }
    expect(decided({ overlap: 'skip', catchUp: 'all' }, other)).toEqual(['overlapped 11:00-11:00 (1)'])
    expect(decided({ overlap: 'queue', catchUp: 'skip' }, other)).toEqual(['run 11:00'])
  })

  it('include the latest tick that came due while other schedules were busy, for any setting', () => {
    for (const overlap of ['skip', 'queue'] as const) {
      const busy = { last: tick('09:00'), since: '08:30', now: '12:10' }
      expect(decided({ overlap, catchUp: 'skip' }, busy)).toEqual(['superseded 10:00-11:00 (2)', 'run 12:00'])
    }
  })

  it('include a tick whose scheduler died, until a later tick supersedes it', () => {
    const dead = { last: { due: at('09:00'), unfinished: 'dead' } as const, since: '09:20' }
    expect(decided({}, { ...dead, now: '09:20' })).toEqual(['run 09:00'])
    expect(decided({}, { ...dead, now: '10:00' })).toEqual(['superseded 09:00-09:00 (1)', 'run 10:00'])
    expect(decided({ catchUp: 'all' }, { ...dead, now: '10:00' })).toEqual(['run 09:00'])
  })

  it('include a stopped tick only if the schedule catches up missed ticks', () => {
    const stopped = { last: { ...tick('09:00', '09:00', '09:05'), unfinished: 'stopped' } as const, since: '09:20' }
    expect(decided({}, { ...stopped, now: '09:20' })).toEqual(['missed 09:00-09:00 (1)'])
    expect(decided({ catchUp: 'latest' }, { ...stopped, now: '09:20' })).toEqual(['run 09:00'])
  })

  it('are none after the clock was put back, until the clock has passed the last tick', () => {
    const last = tick('10:00')
    expect(decided({ catchUp: 'all' }, { last, since: '08:00', now: '09:00' })).toEqual([])
    expect(decided({ catchUp: 'all' }, { last, since: '08:00', now: '10:00' })).toEqual([])
    expect(decided({ catchUp: 'all' }, { last, since: '08:00', now: '11:00' })).toEqual(['run 11:00'])
  })

  it('are counted up to a maximum, and at most the newest 100 missed ticks run', () => {
    const schedule = { name: 'minutely', cron: '* * * * *' }
    const down = { last: { due: 0 }, watchingSince: at('10:00'), now: at('10:00') - 1, lake: 'lake' }
    const skipped = dueTicks({ ...down, schedule })
    expect(skipped).toMatchObject({ run: undefined, leftOut: [{ why: 'missed', count: 1_000, last: at('09:59') }] })
    expect(dueTicks({ ...down, schedule: { ...schedule, catchUp: 'all' } }).run).toBe(
      at('09:59') - (MAX_CAUGHT_UP - 1) * 60_000,
    )
  })

  it('are counted one by one below 1,000 for a reason, also if more than that are due', () => {
    const MINUTE = 60_000
    const schedule: Schedule = { name: 'minutely', cron: '* * * * *', catchUp: 'all', overlap: 'skip' }
    const now = at('10:00')
    const missed = { schedule, last: { due: now - 1_068 * MINUTE }, watchingSince: now, now: now - 1, lake: 'lake' }
    const oldest = now - MAX_CAUGHT_UP * MINUTE
    expect(dueTicks(missed)).toEqual({
      run: oldest,
      leftOut: [{ why: 'missed', count: 967, first: now - 1_067 * MINUTE, last: oldest - MINUTE }],
    })
    const began = now - 1_200 * MINUTE
    const last = { due: began, ran: { startedAt: began, endedAt: now - 600 * MINUTE } }
    expect(dueTicks({ ...missed, last })).toEqual({
      run: oldest,
      leftOut: [
        { why: 'overlapped', count: 600, first: began + MINUTE, last: now - 600 * MINUTE },
        { why: 'missed', count: 499, first: now - 599 * MINUTE, last: oldest - MINUTE },
      ],
    })
  })
})

describe('jitter', () => {
  const schedule: Schedule = { name: 'hourly', cron: '0 * * * *', jitter: '30m' }
  const starts = (lake: string) =>
    Array.from({ length: 200 }, (_, hour) => {
      const after = at('00:00') + hour * 3_600_000
      const next = nextStart({ schedule, lake }, after)
      return next ? next.start - next.due : Number.NaN
    })

  it('delays each tick by its own part of the maximum, which stays the same on one lake and differs on another', () => {
    const delays = starts('lake')
    expect(starts('lake')).toEqual(delays)
    expect(starts('other')).not.toEqual(delays)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...delays)).toBeLessThan(30 * 60_000)
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(20 * 60_000)
  })

  it('keeps a tick from running before its delay is over', () => {
    const start = nextStart({ schedule, lake: 'lake' }, at('09:00'))?.start ?? 0
    const known = { schedule, last: tick('09:00'), watchingSince: at('08:00'), lake: 'lake' }
    expect(dueTicks({ ...known, now: start - 1 }).run).toBe(undefined)
    expect(dueTicks({ ...known, now: start }).run).toBe(at('10:00'))
  })
})
