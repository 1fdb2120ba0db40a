// How lake exports schedules for other systems.
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../../framework/declare/runs/schedule.ts'
import { LakeError } from '../../../framework/errors.ts'
import { exportSchedules } from '../../../framework/schedule/export/export-schedules.ts'
import { refreshCommand, shellWord } from '../../../framework/schedule/export/refresh-command.ts'
import { systemdUnits } from '../../../framework/schedule/export/systemd-units.ts'
import { nextTimes } from '../../../framework/schedule/schedule-times.ts'

const nightly: Schedule = { name: 'nightly', cron: '30 2 * * *', timeZone: 'Europe/Berlin', selection: ['+songplays'] }
const weekly: Schedule = { name: 'weekly', cron: '0 4 * * SUN', selection: ['source:*', 'tag:dimension'], full: true }

const crontabTimes = (...crons: readonly string[]) => {
  const schedules = crons.map((cron, index) => ({ name: `s${index}`, cron }))
  const lines = exportSchedules(schedules, { format: 'crontab', command: 'lake' }).split('\n')
  return lines.flatMap((line) =>
    line.endsWith(' lake materialize') ? [line.slice(0, -' lake materialize'.length)] : [],
  )
}

const calendar = (cron: string, timeZone?: string) => {
  const schedule = { name: 'a', cron, ...(timeZone !== undefined && { timeZone }) }
  const text = exportSchedules([schedule], { format: 'systemd', command: 'lake' })
  return /^OnCalendar=(.*)$/m.exec(text)?.[1]
}

const refusal = (attempt: () => unknown) => {
  try {
    attempt()
  } catch (error) {
    if (error instanceof LakeError) return `${error.code}: ${error.message}`
  }
  return 'nothing refused'
}

describe('an interval', () => {
  it('becomes a cron expression with the same times if it divides an hour or a day', () => {
    for (const every of ['1m', '15m', '1h', '6h', '24h', '1d', '3600s'] as const) {
      const text = exportSchedules([{ name: 'a', every }], { format: 'crontab', command: 'lake' })
      const [, cron = ''] = /^(.*) lake materialize$/m.exec(text) ?? []
      const after = new Date('2026-05-04T21:17:00Z')
      expect(nextTimes({ cron }, after, 30)).toEqual(nextTimes({ every }, after, 30))
    }
  })

  it('is refused if no cron expression has its times', () => {
    for (const every of ['7m', '5h', '90m', '30s', '2d'] as const) {
      expect(refusal(() => exportSchedules([{ name: 'a', every }], { format: 'systemd', command: 'lake' }))).toMatch(
        /^config: schedule a: every: '\w+' cannot be exported, because it does not divide an hour or a day/,
      )
    }
  })
})

describe('the command of a schedule', () => {
  it('materializes the selection of the schedule, in full and with a profile if declared so', () => {
    expect(refreshCommand({ name: 'all', cron: '0 3 * * *' }, { command: 'npx lake' })).toBe('npx lake materialize')
    expect(refreshCommand(weekly, { command: 'lake', flags: ['--profile', 'prod eu'] })).toBe(
      "lake materialize 'source:*' tag:dimension --full --profile 'prod eu'",
    )
  })

  it('runs one tick of the scheduler if the schedule has settings that only lake knows', () => {
    const schedule = { ...weekly, name: 'each week', timeout: '2h' } as const
    expect(refreshCommand(schedule, { command: 'lake', flags: ['--profile', 'prod'] })).toBe(
      "lake schedule run 'each week' --once --profile prod",
    )
  })

  it('is read by a shell as exactly these words', () => {
    const words = ['+songplays+', 'source:*', "it's", '$HOME `id` \\ "x"', '', '~', 'a;b', '%F', 'höhe']
    const printed = execFileSync('/bin/sh', ['-c', `printf '%s\\n' ${words.map(shellWord).join(' ')}`])
    expect(printed.toString()).toBe(`${words.join('\n')}\n`)
  })

  it('is refused if it would need several lines', () => {
    expect(refusal(() => refreshCommand(nightly, { command: 'cd /lake\nlake' }))).toMatch(
      /^config: schedule nightly: its command contains a line break/,
    )
  })
})

describe('a crontab', () => {
  it('has each schedule below a line with its zone', () => {
    expect(
      exportSchedules([nightly, weekly], { format: 'crontab', command: 'cd /srv/lake && npx lake' }),
    ).toBe(`# Refreshes by lake. CRON_TZ is for cronie (Amazon Linux, Fedora, RHEL, SUSE, Arch); Debian's and Ubuntu's cron
# ignores it and uses the machine's zone: export systemd timers there.

# nightly
CRON_TZ=Europe/Berlin
30 2 * * * cd /srv/lake && npx lake materialize +songplays

# weekly
CRON_TZ=UTC
0 4 * * 0 cd /srv/lake && npx lake materialize 'source:*' tag:dimension --full
`)
  })

  it('writes times in the numbers, ranges and lists that every cron knows', () => {
    expect(
      crontabTimes('*/15 8-18 1,15 JAN-MAR *', '0 0 * * FRI-SUN', '@hourly', '0 0 */2 * 1', '0 0 1-31 * 1'),
    ).toEqual(['0-45/15 8-18 1,15 1-3 *', '0 0 * * 0,5,6', '0 * * * *', '0 0 1-31/2 * 1', '0 0 1-31 * 1'])
  })

  it('has exactly the times of the schedule, for any expression', () => {
    const field = (min: number, max: number) => {
      const value = fc.integer({ min, max })
      const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)
      const step = fc.integer({ min: 1, max: max - min })
      const stepped = fc.tuple(fc.oneof(range, fc.constant('*')), step).map(([over, by]) => `${over}/${by}`)
      const part = fc.oneof(value.map(String), range, stepped)
      return fc.oneof(
        fc.constant('*'),
        fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(',')),
      )
    }
    const cron = fc
      .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7))
      .map((parts) => parts.join(' '))
    const from = new Date('2026-01-01T00:00:00Z')
    fc.assert(
      fc.property(cron, (expression) => {
        const [written = ''] = crontabTimes(expression)
        expect(nextTimes({ cron: written }, from, 20)).toEqual(nextTimes({ cron: expression }, from, 20))
      }),
    )
  })

  it('escapes characters that would end the command', () => {
    const text = exportSchedules([{ ...nightly, selection: ['50%'] }], { format: 'crontab', command: 'lake' })
    expect(text).toContain('lake materialize 50\\%\n')
  })
})

describe('systemd timers', () => {
  it('are a service and a timer for each schedule', () => {
    expect(
      exportSchedules([nightly], {
        format: 'systemd',
        command: 'cd /srv/lake && npx lake',
        flags: ['--profile', 'prod'],
      }),
    ).toBe(`# lake-nightly.service
[Unit]
Description=lake refresh nightly

[Service]
Type=oneshot
ExecStart=/bin/sh -c "cd /srv/lake && npx lake materialize +songplays --profile prod"

# lake-nightly.timer
[Unit]
Description=lake refresh nightly, when it is due

[Timer]
OnCalendar=*-*-* 02:30:00 Europe/Berlin
Persistent=true

[Install]
WantedBy=timers.target
`)
  })

  it('write the times in the syntax of OnCalendar', () => {
    expect(calendar('*/15 8-18/2 1,15 JAN-MAR *', 'America/New_York')).toBe(
      '*-01..03-01,15 08..18/2:00..45/15:00 America/New_York',
    )
    expect(calendar('0 4 * * 1-5')).toBe('Mon,Tue,Wed,Thu,Fri *-*-* 04:00:00 UTC')
    expect(calendar('* * * * 7')).toBe('Sun *-*-* *:*:00 UTC')
  })

  it('have valid and distinct unit names', () => {
    const named = ['weekly full', 'weekly\\x20full', 'höhe/2'].map((name) => ({ ...weekly, name }))
    expect(systemdUnits(named, { command: 'lake' }).map(({ name }) => name)).toEqual([
      'lake-weekly\\x20full.service',
      'lake-weekly\\x20full.timer',
      'lake-weekly\\x5cx20full.service',
      'lake-weekly\\x5cx20full.timer',
      'lake-h\\xc3\\xb6he\\x2f2.service',
      'lake-h\\xc3\\xb6he\\x2f2.timer',
    ])
  })

  it('leave nothing in the command that systemd would expand', () => {
    const text = exportSchedules([{ ...nightly, name: '100%', selection: ['"a" $b \\c %d'] }], {
      format: 'systemd',
      command: 'lake',
    })
    expect(text).toContain(`ExecStart=/bin/sh -c "lake materialize '\\"a\\" $$b \\\\c %%d'"\n`)
    expect(text).toContain('Description=lake refresh 100%%\n')
  })

  it('refuse a schedule that restricts both the day of month and the day of week, and say what to do', () => {
    expect(refusal(() => calendar('0 0 1 * 1'))).toBe(
      'config: schedule a: "0 0 1 * 1" restricts both day of month and day of week, which a systemd timer cannot express. ' +
        'Make it two schedules, one for each, or export a crontab.',
    )
  })
})

describe('every format', () => {
  it.each(['0 0 L * *', '0 0 15W * *', '0 0 LW * *', '0 0 * * 5#2', '0 0 * * FRIL', '0 0 1 * +MON', '0 0 1,L * *'])(
    'refuses %s, which only lake knows',
    (cron) => {
      const refused = `config: schedule a: no other scheduler knows L, W, # or + in ${JSON.stringify(cron)}`
      expect(refusal(() => calendar(cron))).toContain(refused)
      expect(refusal(() => crontabTimes(cron))).toContain(refused.replace('schedule a', 'schedule s0'))
    },
  )
})

describe('a schedule of EventBridge', () => {
  const expression = (cron: string) => {
    const target = { Arn: 'a', RoleArn: 'r' }
    const text = exportSchedules([{ name: 'a', cron }], { format: 'eventbridge', target, container: 'lake', flags: [] })
    return JSON.parse(text)[0].ScheduleExpression
  }

  it('counts weekdays from Sunday as 1, has a question mark for the other day field, and lists steps', () => {
    expect(['*/15 8-18 1,15 JAN-MAR *', '0 0 * * FRI-SUN', '@hourly', '0 0 */10 * *'].map(expression)).toEqual([
      'cron(0,15,30,45 8-18 1,15 1-3 ? *)',
      'cron(0 0 ? * 1,6,7 *)',
      'cron(0 * * * ? *)',
      'cron(0 0 1,11,21,31 * ? *)',
    ])
  })

  it('is refused if it restricts both day fields', () => {
    expect(refusal(() => expression('0 0 1 * 1'))).toBe(
      'config: schedule a: "0 0 1 * 1" restricts both day of month and day of week, which EventBridge cannot ' +
        'express. Make it two schedules, one for each, or export a crontab.',
    )
  })
})

describe('a CronJob of Kubernetes', () => {
  const cronJob = (schedule: Schedule) =>
    JSON.parse(exportSchedules([schedule], { format: 'kubernetes', image: 'lake:1', flags: [] })).items[0]

  it('has the times of a crontab, in its zone', () => {
    expect(cronJob({ ...nightly, cron: '*/15 2 1-31 * 1' }).spec).toMatchObject({
      ...{ schedule: '0-45/15 2 1-31 * 1', timeZone: 'Europe/Berlin' },
    })
  })

  it('needs a name that Kubernetes accepts', () => {
    expect(refusal(() => cronJob({ ...nightly, name: 'Nightly_eu' }))).toMatch(
      /^config: schedule Nightly_eu: a CronJob cannot be named "lake-Nightly_eu"\. Name the schedule with small letters/,
    )
  })
})
