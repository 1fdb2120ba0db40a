// How several schedulers share one lake.
import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../../framework/declare/runs/schedule.ts'
import { LakeError } from '../../../framework/errors.ts'
import type { ScheduleEvent } from '../../../framework/schedule/schedule-events.ts'
import { type BegunTick, MAX_EPOCHS, TickStore } from '../../../framework/schedule/ticks/tick-store.ts'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import { temporaryDirectory } from '../../support/programs/lake-process.ts'
import { beginnings, RUN_ID, simulateScheduler } from './hand-clock.ts'

const day = (time: string) => `2026-05-04T${time}:00.000Z`
const hourly: Schedule = { name: 'hourly', cron: '0 * * * *' }
const newLake = () => openStorage(temporaryDirectory())

const dues = (events: readonly ScheduleEvent[]) =>
  events.flatMap((event) => (event.type === 'refresh-started' ? [event.due.slice(11, 16)] : []))

const leftOut = (events: readonly ScheduleEvent[]) =>
  events.flatMap((event) =>
    event.type === 'ticks-left-out'
      ? [`${event.why} ${event.first.slice(11, 16)}-${event.last.slice(11, 16)} (${event.count})`]
      : [],
  )

/** The document that another scheduler stores when it begins a tick. */
function begunTick(store: TickStore, due: string): BegunTick {
  const about = { schedule: 'hourly', times: store.times, due, startedAt: due }
  return { ...about, host: 'other', pid: 7, leftOut: [] }
}

describe('several schedulers on one lake', () => {
  it('run each tick on one of them, even if their clocks differ', async () => {
    const lake = newLake()
    const ran: string[] = []
    const scheduler = (ahead: number) =>
      simulateScheduler({
        ...{ lake, schedules: [{ name: 'often', every: '5m' }] },
        from: day(`09:0${ahead}`),
        to: day(`11:0${ahead}`),
        refresh: async (_, { clock }) => {
          ran.push(clock.now().toISOString())
          await new Promise(setImmediate)
          return 'succeeded'
        },
      })
    const [first, second] = await Promise.all([scheduler(1), scheduler(3)])
    const all = [...dues(first), ...dues(second)]
    expect(new Set(all).size).toBe(all.length)
    expect(ran).toHaveLength(all.length)
    // The clocks can differ by any time here. So one scheduler can leave out a tick that the other
    // one runs. No tick is lost.
    const leftOutCounts = [...first, ...second].flatMap((event) =>
      event.type === 'ticks-left-out' ? [event.count] : [],
    )
    expect(all.length + leftOutCounts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(24)
  })

  it('take up the tick of a dead scheduler, and give up a tick that kills each scheduler', async () => {
    const lake = newLake()
    const store = new TickStore(lake, hourly)
    const dead = Date.parse(day('09:00'))
    await store.begin(dead, 1, begunTick(store, day('09:00')))
    const events = await simulateScheduler({ lake, from: day('09:20'), to: day('10:30'), schedules: [hourly] })
    expect(beginnings(events)).toEqual(['09:20 hourly', '10:00 hourly'])
    expect(events[0]).toMatchObject({ type: 'refresh-started', due: day('09:00'), again: true })
    const last = Date.parse(day('11:00'))
    for (let epoch = 1; epoch <= MAX_EPOCHS; epoch++) await store.begin(last, epoch, begunTick(store, day('11:00')))
    let runs = 0
    const given = await simulateScheduler({
      ...{ lake, from: day('11:20'), to: day('11:30'), schedules: [hourly] },
      refresh: async () => {
        runs++
        return 'succeeded'
      },
    })
    expect(runs).toBe(0)
    expect(given).toContainEqual(expect.objectContaining({ type: 'refresh-failed', due: day('11:00') }))
  })

  it('after a restart leave out or catch up missed ticks, as the schedule says', async () => {
    const restarted = async (settings: Partial<Schedule>) => {
      const [lake, schedules] = [newLake(), [{ ...hourly, ...settings }]]
      await simulateScheduler({ lake, schedules, from: day('08:50'), to: day('09:10') })
      return simulateScheduler({ lake, schedules, from: day('12:30'), to: day('13:10') })
    }
    const skipped = await restarted({})
    expect([dues(skipped), leftOut(skipped)]).toEqual([['13:00'], ['missed 10:00-12:00 (3)']])
    const latest = await restarted({ catchUp: 'latest' })
    expect([dues(latest), leftOut(latest)]).toEqual([['12:00', '13:00'], ['missed 10:00-11:00 (2)']])
    const all = await restarted({ catchUp: 'all' })
    expect([dues(all), leftOut(all)]).toEqual([['10:00', '11:00', '12:00', '13:00'], []])
  })

  it('after a restart with changed times run no tick from before the restart', async () => {
    const lake = newLake()
    await simulateScheduler({ lake, schedules: [{ ...hourly, catchUp: 'all' }], from: day('08:50'), to: day('09:10') })
    const often: Schedule = { name: 'hourly', every: '10m', catchUp: 'all' }
    const events = await simulateScheduler({ lake, schedules: [often], from: day('12:31'), to: day('12:52') })
    expect([dues(events), leftOut(events)]).toEqual([['12:40', '12:50'], []])
  })

  it('after a restart repeat a stopped tick only if the schedule catches up', async () => {
    const stopped = async (settings: Partial<Schedule>) => {
      const [lake, schedules] = [newLake(), [{ ...hourly, ...settings }]]
      const refresh = async (_: Schedule, { stop }: { stop: () => void }) => {
        stop()
        return 'canceled' as const
      }
      await simulateScheduler({ lake, schedules, from: day('09:50'), to: day('10:10'), refresh })
      return dues(await simulateScheduler({ lake, schedules, from: day('10:20'), to: day('10:30') }))
    }
    expect(await stopped({})).toEqual([])
    expect(await stopped({ catchUp: 'latest' })).toEqual(['10:00'])
  })
})

describe('a scheduler whose clock is set', () => {
  it('runs no tick twice if the clock is put back, and is not stopped by a tick in a wrong future', async () => {
    const lake = newLake()
    const AHEAD = 2 * 24 * 60
    let state: 'before' | 'ahead' | 'after' = 'before'
    const events = await simulateScheduler({
      ...{ lake, from: day('09:50'), to: day('12:30'), schedules: [hourly] },
      refresh: async (_, { clock }) => {
        if (state === 'ahead') clock.pass(-AHEAD)
        state = state === 'before' ? 'before' : 'after'
        return 'succeeded'
      },
      reread: async (clock) => {
        if (state === 'before' && clock.now().toISOString() > day('10:05')) {
          clock.pass(AHEAD)
          state = 'ahead'
        }
        return [hourly]
      },
    })
    expect(beginnings(events).filter((text) => text.startsWith('1'))).toEqual(
      ['10:00', '10:06', '11:00', '12:00'].map((time) => `${time} hourly`),
    )
    expect(new Set(events.flatMap((event) => (event.type === 'refresh-started' ? [event.due] : []))).size).toBe(4)
  })
})

describe('a refresh of a schedule', () => {
  const transient = new LakeError('storage', { problem: 'the connection broke', transient: true })

  it('is tried again after an operational failure, and not after another failure', async () => {
    const retries = { attempts: 3, delay: '1m', jitter: 0 } as const
    let attempts = 0
    const failing = (error: Error) => async () => {
      attempts++
      throw error
    }
    const from = { from: day('09:50'), to: day('10:30'), schedules: [{ ...hourly, retries }] }
    const events = await simulateScheduler({ ...from, refresh: failing(transient) })
    expect(attempts).toBe(3)
    expect(events.flatMap((event) => (event.type === 'refresh-retried' ? [event.delayMs] : []))).toEqual([
      60_000, 120_000,
    ])
    expect(events.at(-3)).toMatchObject({ type: 'refresh-failed', durationMs: 180_000, error: { code: 'storage' } })
    attempts = 0
    await simulateScheduler({
      ...from,
      refresh: failing(new LakeError('check-failed', { problem: 'songs: a check fails' })),
    })
    expect(attempts).toBe(1)
  })

  it('is canceled after its timeout, and counts as failed', async () => {
    const events = await simulateScheduler({
      ...{ from: day('09:50'), to: day('10:30'), schedules: [{ ...hourly, timeout: '5m' }] },
      refresh: (_, { signal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve('canceled'), { once: true })),
    })
    expect(events.find(({ type }) => type === 'refresh-ended')).toMatchObject({
      ...{ status: 'failed', runId: RUN_ID, durationMs: 300_000 },
      error: { code: 'timed-out', message: expect.stringContaining('longer than its timeout of 5m'), transient: true },
    })
  })

  it('makes the next tick wait, or leaves it out, if both overlap', async () => {
    const long = async (overlap: 'skip' | 'queue') => {
      let minutes = 90
      const events = await simulateScheduler({
        ...{ from: day('09:50'), to: day('12:20'), schedules: [{ ...hourly, overlap }] },
        refresh: async (_, { clock }) => {
          clock.pass(minutes)
          minutes = 1
          return 'succeeded'
        },
      })
      return [beginnings(events), leftOut(events)]
    }
    expect(await long('queue')).toEqual([['10:00 hourly', '11:30 hourly', '12:00 hourly'], []])
    expect(await long('skip')).toEqual([['10:00 hourly', '12:00 hourly'], ['overlapped 11:00-11:00 (1)']])
  })
})

describe('the documents of ticks', () => {
  it('are kept for the newest fifty ticks', async () => {
    const lake = newLake()
    await simulateScheduler({ lake, from: day('09:01'), to: day('10:01'), schedules: [{ name: 'often', every: '1m' }] })
    expect(await lake.names('_lake/schedules/often')).toHaveLength(100)
  })

  it('count as ended ticks if they are damaged', async () => {
    const lake = newLake()
    await lake.put('_lake/schedules/hourly/20260504T100000Z.1.begun.json', 'no json')
    const events = await simulateScheduler({
      lake,
      from: day('10:10'),
      to: day('11:10'),
      schedules: [{ ...hourly, catchUp: 'all' }],
    })
    expect(dues(events)).toEqual(['11:00'])
  })

  it('have different names for schedules whose names differ only in case, or in characters that file names lack', async () => {
    const lake = newLake()
    const names = ['hourly', 'Hourly', 'a/b', 'a_b', '../x', 'é']
    const schedules = names.map((name) => ({ ...hourly, name }))
    await simulateScheduler({ lake, from: day('09:50'), to: day('10:10'), schedules })
    const paths = (await lake.list('_lake/schedules')).map(({ path }) => path.split('/').slice(0, 3).join('/'))
    expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(names.length)
  })
})
