// The times of schedules in their time zones.
import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../../framework/declare/runs/schedule.ts'
import { checkSchedules } from '../../../framework/schedule/check-schedules.ts'
import { nextTimes } from '../../../framework/schedule/schedule-times.ts'

type Times = Pick<Schedule, 'cron' | 'timeZone'>

const times = (schedule: Times, after: string, count: number) =>
  nextTimes(schedule, new Date(after), count).map((time) => time.toISOString().slice(0, 16))

const berlin = (cron: string): Times => ({ cron, timeZone: 'Europe/Berlin' })

describe('the times of a schedule', () => {
  it('are in UTC if the schedule names no zone', () => {
    expect(times({ cron: '0 3 * * *' }, '2026-03-01T00:00:00Z', 2)).toEqual(['2026-03-01T03:00', '2026-03-02T03:00'])
  })

  it('follow the clocks of the zone, in winter and in summer', () => {
    expect(times(berlin('0 9 1 1,7 *'), '2026-01-01T00:00:00Z', 2)).toEqual(['2026-01-01T08:00', '2026-07-01T07:00'])
  })

  it('are after the given time, and never at it', () => {
    const hourly = { cron: '0 * * * *' }
    expect(times(hourly, '2026-03-01T05:00:00.000Z', 1)).toEqual(['2026-03-01T06:00'])
    expect(times(hourly, '2026-03-01T05:00:00.001Z', 1)).toEqual(['2026-03-01T06:00'])
    expect(times(hourly, '2026-03-01T04:59:59.999Z', 1)).toEqual(['2026-03-01T05:00'])
  })

  it('are on days that match the day of month or the day of week, if the schedule restricts both', () => {
    expect(times({ cron: '0 0 15 * MON' }, '2026-03-10T00:00:00Z', 3)).toEqual([
      '2026-03-15T00:00',
      '2026-03-16T00:00',
      '2026-03-23T00:00',
    ])
  })

  it('include a daily time that the clocks skip: it comes right after the jump', () => {
    expect(times(berlin('30 2 * * *'), '2026-03-28T00:00:00Z', 3)).toEqual([
      '2026-03-28T01:30', // 02:30 CET
      '2026-03-29T01:00', // 03:00 CEST, a moment after 01:59:59 CET
      '2026-03-30T00:30', // 02:30 CEST
    ])
  })

  it('include a time that the clocks skip at midnight', () => {
    // At 23:00 on the 27th the clocks in Nuuk jump to 00:00 of the 28th.
    const nuuk = { cron: '45 23 27 3 *', timeZone: 'America/Nuuk' }
    expect(times(nuuk, '2027-01-01T00:00:00Z', 2)).toEqual(['2027-03-28T01:00', '2028-03-28T00:45'])
  })

  it('have one time in place of several that the clocks skip at once', () => {
    expect(times(berlin('15,45 2 * * *'), '2026-03-28T23:00:00Z', 2)).toEqual(['2026-03-29T01:00', '2026-03-30T00:15'])
  })

  it('include only the first of two equal times on a day on which the clocks repeat it', () => {
    expect(times(berlin('30 2 * * *'), '2026-10-24T00:00:00Z', 3)).toEqual([
      '2026-10-24T00:30', // 02:30 CEST
      '2026-10-25T00:30', // 02:30 CEST, an hour before 02:30 CET
      '2026-10-26T01:30', // 02:30 CET
    ])
    expect(times(berlin('30 2 * * *'), '2026-10-25T00:30:00Z', 1)).toEqual(['2026-10-26T01:30'])
  })

  it('include a skipped time of a list', () => {
    expect(times(berlin('30 2,14 * * *'), '2026-03-28T23:00:00Z', 2)).toEqual(['2026-03-29T01:00', '2026-03-29T12:30'])
  })

  it('stay an hour apart across clock changes if the schedule means every hour', () => {
    const hourly = berlin('0 * * * *')
    expect(times(hourly, '2026-03-29T00:00:00Z', 2)).toEqual(['2026-03-29T01:00', '2026-03-29T02:00'])
    expect(times(hourly, '2026-10-24T23:30:00Z', 3)).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T01:00',
      '2026-10-25T02:00',
    ])
  })
})

const nightly: Schedule = { name: 'nightly', cron: '0 3 * * *' }
const check = (...schedules: readonly Schedule[]) =>
  checkSchedules(schedules).map(({ schedule, message, remedy }) => `${schedule}: ${message}; ${remedy}`)

describe('the check of schedules', () => {
  it('finds nothing wrong with correct schedules', () => {
    const weekly = { name: 'weekly full', cron: '0 4 * * SUN', timeZone: 'America/New_York', full: true }
    expect(check(nightly, weekly, { name: 'monthly', cron: '0 0 L * *', timeZone: 'UTC' })).toEqual([])
    expect(check({ name: 'daily', cron: '@daily' }, { name: 'leap', cron: '0 0 29 2 *' })).toEqual([])
  })

  it('finds all mistakes, in the order of the schedules', () => {
    expect(check({ name: ' ', cron: '0 3 * *', timeZone: 'Mars/Phobos' }, nightly, nightly)).toEqual([
      'schedule 1: it has no name; give it a name such as nightly',
      expect.stringMatching(/^schedule 1: cron "0 3 \* \*" cannot be read: .+; write minute, hour/),
      'schedule 1: "Mars/Phobos" is not a time zone; write an IANA name such as Europe/Berlin, or leave it out for UTC',
      'nightly: another schedule has the same name; give each a name of its own',
    ])
  })

  it('refuses a name that would break a line of a crontab or of a systemd unit', () => {
    expect(check({ ...nightly, name: 'a\nb' })).toEqual([
      'a\nb: its name contains a line break or control character; remove it',
    ])
  })

  it.each(['', '61 * * * *', '0 0 * * * *', '2026-12-24T18:00:00', 'nightly', '@reboot', '5/15 * * * *'])(
    'refuses %j as cron and says what to write',
    (cron) => {
      expect(check({ name: 'a', cron })).toEqual([
        expect.stringMatching(
          /^a: cron ".*" cannot be read: .+; write minute, hour, day of month, month and day of week/,
        ),
      ])
    },
  )

  it('refuses a date that does not exist in any year', () => {
    expect(check({ name: 'a', cron: '0 0 31 2 *' })).toEqual([
      'a: cron "0 0 31 2 *" never occurs; name a day that its months have',
    ])
  })

  it.each(['', '+02:00', 'local', 'CEST'])('refuses %j as a zone', (timeZone) => {
    expect(check({ ...nightly, timeZone })).toEqual([
      `nightly: ${JSON.stringify(timeZone)} is not a time zone; write an IANA name such as Europe/Berlin, or leave it out for UTC`,
    ])
  })

  it('refuses a zone in the wrong case, which cron would read as UTC', () => {
    expect(check({ ...nightly, timeZone: 'europe/berlin' })).toEqual([
      'nightly: time zone europe/berlin is spelt Europe/Berlin; write Europe/Berlin',
    ])
    expect(check({ ...nightly, timeZone: 'Asia/Kolkata' })).toEqual([])
  })
})
