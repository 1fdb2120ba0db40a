// How one scheduler runs its schedules.
import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../../framework/declare/runs/schedule.ts'
import { LakeError } from '../../../framework/errors.ts'
import { systemClock } from '../../../framework/schedule/clock.ts'
import { runSchedules } from '../../../framework/schedule/run-schedules.ts'
import type { ScheduleEvent } from '../../../framework/schedule/schedule-events.ts'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import { temporaryDirectory } from '../../support/programs/lake-process.ts'
import { beginnings, RUN_ID, simulateScheduler } from './hand-clock.ts'

const hourly: Schedule = { name: 'hourly', cron: '0 * * * *' }
const half: Schedule = { name: 'half', cron: '30 * * * *' }
const day = (time: string) => `2026-05-04T${time}:00.000Z`

describe('running schedules', () => {
  it('waits for the next schedule, runs its refresh, and waits again', async () => {
    const events = await simulateScheduler({
      from: day('09:50'),
      to: day('10:20'),
      schedules: [hourly, half],
      refresh: async (_schedule, { clock }) => {
        clock.pass(5)
        return 'succeeded'
      },
    })
    expect(events).toEqual([
      { type: 'schedule-waiting', at: day('09:50'), schedule: 'hourly', due: day('10:00') },
      { type: 'refresh-started', at: day('10:00'), schedule: 'hourly', due: day('10:00') },
      {
        ...{ type: 'refresh-ended', at: day('10:05'), schedule: 'hourly', due: day('10:00'), durationMs: 300_000 },
        ...{ status: 'succeeded', runId: RUN_ID },
      },
      { type: 'schedule-waiting', at: day('10:05'), schedule: 'half', due: day('10:30') },
      { type: 'schedule-stopped', at: day('10:20') },
    ])
  })

  it('uses the zone of each schedule', async () => {
    const berlin = { name: 'berlin', cron: '0 12 * * *', timeZone: 'Europe/Berlin' }
    const noon = { name: 'noon', cron: '0 12 * * *' }
    const events = await simulateScheduler({ from: day('00:00'), to: day('23:00'), schedules: [noon, berlin] })
    expect(beginnings(events)).toEqual(['10:00 berlin', '12:00 noon'])
  })

  it('does not make up for times before its start, and does not run a schedule for the moment of its start', async () => {
    const events = await simulateScheduler({ from: day('10:00'), to: day('11:10'), schedules: [hourly] })
    expect(beginnings(events)).toEqual(['11:00 hourly'])
  })

  it('runs schedules that are due at the same moment one after another: full ones first, then in the order of declaration', async () => {
    const at = (name: string, full: boolean) => ({ name, cron: '0 10 * * *', full })
    let running = 0
    const events = await simulateScheduler({
      from: day('09:00'),
      to: day('11:00'),
      schedules: [at('a', false), at('b', true), at('c', false), at('d', true)],
      refresh: async (_schedule, { clock }) => {
        running++
        await Promise.resolve()
        clock.pass(1)
        expect(running).toBe(1)
        running--
        return 'succeeded'
      },
    })
    expect(beginnings(events)).toEqual(['10:00 b', '10:01 d', '10:02 a', '10:03 c'])
    const otherDay = await simulateScheduler({
      from: '2026-05-05T09:00:00Z',
      to: '2026-05-06T11:00:00Z',
      schedules: [at('a', false), at('b', false)],
    })
    expect(beginnings(otherDay)).toEqual(['10:00 a', '10:00 b', '10:00 a', '10:00 b'])
  })

  it('runs schedules that came due during a refresh right after it, in the order in which they came due', async () => {
    const events = await simulateScheduler({
      from: day('09:50'),
      to: day('11:40'),
      schedules: [
        { name: 'full', cron: '45 10 * * *', full: true },
        { name: 'early', cron: '15 10 * * *' },
        { name: 'long', cron: '0 10 * * *' },
      ],
      refresh: async ({ name }, { clock }) => {
        clock.pass(name === 'long' ? 60 : 5)
        return 'succeeded'
      },
    })
    expect(beginnings(events)).toEqual(['10:00 long', '11:00 early', '11:05 full'])
    expect(events).toContainEqual({
      type: 'refresh-started',
      at: day('11:00'),
      schedule: 'early',
      due: day('10:15'),
    })
  })

  it('runs a schedule once if several of its times passed meanwhile', async () => {
    const events = await simulateScheduler({
      from: day('09:50'),
      to: day('14:40'),
      schedules: [hourly, { name: 'long', cron: '1 10 * * *' }],
      refresh: async ({ name }, { clock }) => {
        clock.pass(name === 'long' ? 210 : 0)
        return 'succeeded'
      },
    })
    expect(beginnings(events)).toEqual(['10:00 hourly', '10:01 long', '13:31 hourly', '14:00 hourly'])
  })

  it('runs a schedule again that came due during its own refresh', async () => {
    let minutes = 90
    const events = await simulateScheduler({
      from: day('09:50'),
      to: day('12:20'),
      schedules: [hourly],
      refresh: async (_schedule, { clock }) => {
        clock.pass(minutes)
        minutes = 10
        return 'succeeded'
      },
    })
    expect(beginnings(events)).toEqual(['10:00 hourly', '11:30 hourly', '12:00 hourly'])
  })

  it('does not run twice for one time if the clock is put back', async () => {
    let putBack = true
    const events = await simulateScheduler({
      from: day('09:50'),
      to: day('11:20'),
      schedules: [hourly, half],
      refresh: async ({ name }, { clock }) => {
        if (name === 'hourly' && putBack) clock.pass(-20)
        putBack = false
        return 'succeeded'
      },
    })
    expect(beginnings(events)).toEqual(['10:00 hourly', '10:30 half', '11:00 hourly'])
  })

  it('reports failed, broken and refused refreshes, and goes on', async () => {
    const ways: readonly (() => Promise<'failed'>)[] = [
      async () => 'failed',
      async () => {
        throw new LakeError('source-missing', { problem: 'there is no log_data', asset: 'log_data' })
      },
      async () => {
        throw new LakeError('held', { problem: 'run 7 holds songs until 10:10' })
      },
      () => {
        throw new TypeError('x is not a function')
      },
    ]
    let nth = 0
    const events = await simulateScheduler({
      from: day('09:50'),
      to: day('14:10'),
      schedules: [hourly],
      refresh: async () => (await ways[nth++]?.()) ?? 'succeeded',
    })
    const about = (time: string) => ({ at: day(time), schedule: 'hourly', due: day(time), durationMs: 0 })
    expect(events.filter(({ type }) => type.startsWith('refresh-') && type !== 'refresh-started')).toEqual([
      { type: 'refresh-ended', ...about('10:00'), status: 'failed', runId: RUN_ID },
      {
        type: 'refresh-failed',
        ...about('11:00'),
        error: { code: 'source-missing', message: 'there is no log_data', asset: 'log_data' },
      },
      {
        type: 'refresh-skipped',
        ...about('12:00'),
        reason: 'held by another run',
        message: 'run 7 holds songs until 10:10',
      },
      {
        type: 'refresh-failed',
        ...about('13:00'),
        error: { code: 'bug', message: expect.stringContaining('TypeError: x is not a function') },
      },
      { type: 'refresh-ended', ...about('14:00'), status: 'succeeded', runId: RUN_ID },
    ])
  })

  it('passes the signal to a running refresh, waits for its end, and starts no other', async () => {
    const both = [hourly, { name: 'same', cron: '0 * * * *' }]
    const steps: string[] = []
    const events = await simulateScheduler({
      from: day('09:50'),
      to: day('14:10'),
      schedules: both,
      refresh: async (_schedule, { signal, stop, clock }) => {
        signal.addEventListener('abort', () => steps.push('seen'))
        stop()
        await Promise.resolve()
        clock.pass(1)
        steps.push('done')
        return 'canceled'
      },
    })
    expect(steps).toEqual(['seen', 'done'])
    expect(events.slice(-2)).toEqual([
      {
        ...{ type: 'refresh-ended', at: day('10:01'), schedule: 'hourly', due: day('10:00'), durationMs: 60_000 },
        ...{ status: 'canceled', runId: RUN_ID },
      },
      { type: 'schedule-stopped', at: day('10:01') },
    ])
    expect(beginnings(events)).toEqual(['10:00 hourly'])
  })

  it('treats an error of a refresh after the signal as the end of the refresh', async () => {
    const events = await simulateScheduler({
      from: day('09:50'),
      to: day('14:10'),
      schedules: [hourly],
      refresh: async (_schedule, { signal, stop }) => {
        stop()
        throw signal.reason
      },
    })
    expect(events.at(-2)).toMatchObject({ type: 'refresh-ended', status: 'canceled' })
  })

  it('stops at once if no schedule is declared, or if the signal was aborted before', async () => {
    const idle = await simulateScheduler({ from: day('09:50'), to: day('14:10'), schedules: [] })
    expect(idle).toEqual([{ type: 'schedule-stopped', at: day('09:50') }])
    const events: ScheduleEvent[] = []
    const refresh = () => Promise.reject(new Error('not to be run'))
    const signal = AbortSignal.abort()
    await runSchedules({
      schedules: [hourly],
      refresh,
      signal,
      clock: systemClock,
      random: () => 0,
      lakeOf: () => openStorage(temporaryDirectory()),
      emit: (event) => events.push(event),
    })
    expect(events.map(({ type }) => type)).toEqual(['schedule-stopped'])
  })

  it('stops waiting on the clock of the machine when the signal aborts', async () => {
    const controller = new AbortController()
    const types: string[] = []
    await runSchedules({
      schedules: [{ name: 'leap', cron: '0 0 29 2 *' }],
      refresh: () => Promise.reject(new Error('not to be run')),
      signal: controller.signal,
      clock: systemClock,
      random: () => 0,
      lakeOf: () => openStorage(temporaryDirectory()),
      emit: ({ type }) => {
        types.push(type)
        if (type === 'schedule-waiting') setImmediate(() => controller.abort())
      },
    })
    expect(types).toEqual(['schedule-waiting', 'schedule-stopped'])
  })
})

describe('schedules that the user edits while the scheduler runs', () => {
  const early: Schedule = { name: 'nightly', cron: '0 2 * * *' }
  const late: Schedule = { name: 'nightly', cron: '0 3 * * *' }
  const since = (time: string) => (clock: { time: Date }) => clock.time >= new Date(day(time))

  it('follow their new times within a minute', async () => {
    const edited = since('01:10')
    const events = await simulateScheduler({
      from: day('01:00'),
      to: day('03:30'),
      schedules: [late],
      reread: async (clock) => (edited(clock) ? [early] : [late]),
    })
    expect(beginnings(events)).toEqual(['02:00 nightly'])
    expect(events.slice(0, 3)).toEqual([
      { type: 'schedule-waiting', at: day('01:00'), schedule: 'nightly', due: day('03:00') },
      { type: 'schedules-changed', at: day('01:10'), schedules: ['nightly'] },
      { type: 'schedule-waiting', at: day('01:10'), schedule: 'nightly', due: day('02:00') },
    ])
  })

  it('do not run after they are removed; a new schedule runs even if no other was left', async () => {
    const [none, again] = [since('01:10'), since('01:20')]
    const events = await simulateScheduler({
      from: day('01:00'),
      to: day('03:30'),
      schedules: [early],
      reread: async (clock) => (again(clock) ? [late] : none(clock) ? [] : [early]),
    })
    expect(beginnings(events)).toEqual(['03:00 nightly'])
  })

  it('stay as they were while the project does not load, and this is reported once', async () => {
    const broken = since('01:10')
    const events = await simulateScheduler({
      from: day('01:00'),
      to: day('02:30'),
      schedules: [early],
      reread: async (clock) => {
        if (broken(clock)) throw new LakeError('config', { problem: 'songs.ts could not be loaded' })
        return [early]
      },
    })
    expect(beginnings(events)).toEqual(['02:00 nightly'])
    expect(events.filter(({ type }) => type === 'project-refused')).toEqual([
      { type: 'project-refused', at: day('01:10'), error: { code: 'config', message: 'songs.ts could not be loaded' } },
    ])
  })
})

describe('the machine’s clock', () => {
  it('sleeps until a time in the future, and not at all for a time in the past', async () => {
    const { signal } = new AbortController()
    const at = new Date(Date.now() + 20)
    await systemClock.sleepUntil(at, signal)
    expect(systemClock.now().getTime()).toBeGreaterThanOrEqual(at.getTime())
    await systemClock.sleepUntil(new Date(0), signal)
  })
})
