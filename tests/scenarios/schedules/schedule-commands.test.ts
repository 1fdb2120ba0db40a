/** `lake schedule list`, `next` and `export`, and how `lake schedule run` ends. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lake, ROOT, startLake, temporaryDirectory } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { python, runPython } from '../../support/python/python.ts'

describe('lake schedule', () => {
  it('list shows each schedule of the config with its next time', () => {
    const { schedules } = document(lake(['schedule', 'list', '--json']))
    expect(schedules).toEqual([
      {
        ...{ name: 'hourly', cron: '5 * * * *', timeZone: 'UTC', selection: [], full: false },
        next: expect.stringMatching(/T\d\d:05:00\.000Z$/),
        ...{ last: null, missed: null },
      },
      {
        ...{ name: 'daily-full', cron: '30 3 * * *', timeZone: 'UTC', selection: [], full: true },
        next: expect.stringMatching(/T03:30:00\.000Z$/),
        ...{ last: null, missed: null },
      },
    ])
    expect(lake(['schedule', 'list']).stdout).toMatch(/^hourly +5 \* \* \* \* +UTC /m)
  })

  it('next lists the coming times in order', () => {
    const { next } = document(lake(['schedule', 'next', '--count', '30', '--json']))
    const times = next.map(({ at }: { at: string }) => at)
    expect(times).toHaveLength(60)
    const hourly = next.filter(({ name }: { name: string }) => name === 'hourly')
    expect(hourly).toHaveLength(30)
    expect(times).toEqual(times.toSorted())
    expect(new Set(next.map(({ name }: { name: string }) => name))).toEqual(new Set(['hourly', 'daily-full']))
    expect(lake(['schedule', 'next', '--count', '1']).stdout.trim().split('\n')).toHaveLength(3)
  })

  it('export writes a crontab or systemd units', () => {
    expect(lake(['schedule', 'export']).stdout).toMatch(/^5 \* \* \* \* cd .*main\.js materialize$/m)
    expect(lake(['schedule', 'export', '--format', 'systemd']).stdout).toContain('OnCalendar=')
    expect(lake(['schedule', 'export', '--format', 'launchd']).status).toBe(2)
    const exported = document(lake(['--json', 'schedule', 'export']))
    expect(exported).toEqual({ format: 'crontab', text: lake(['schedule', 'export']).stdout })
    const elsewhere = lake(['schedule', 'export', '--profile', 'demo', '--lake', 'x y'], { cwd: ROOT }).stdout
    expect(elsewhere).toContain(`materialize --profile demo --lake '${join(ROOT, 'x y')}'`)
  })

  it('export asks for the options that a container needs', () => {
    const image = lake(['schedule', 'export', '--format', 'kubernetes'])
    expect({ status: image.status, stderr: image.stderr }).toEqual({
      status: 2,
      stderr: 'lake: this format needs --image: the container image that holds the project. Add --image.\n',
    })
    expect(lake(['schedule', 'export', '--format', 'eventbridge']).status).toBe(2)
    const other = join(temporaryDirectory(), 'target.json')
    writeFileSync(other, '["Arn"]')
    const refused = lake(['schedule', 'export', '--format', 'eventbridge', '--target', other])
    expect(refused.status).toBe(2)
    expect(refused.stderr).toContain(`${other} is not a JSON object with the texts Arn and RoleArn`)
  })

  const validator = python('no exported schedule is validated')

  it.skipIf(!validator)('export writes CronJobs that the schemas of Kubernetes accept', () => {
    const { stdout } = lake(['--profile', 'demo', 'schedule', 'export', '--format', 'kubernetes', '--image', 'lake:1'])
    expect(runPython(validator ?? '', 'validate_schedules.py', ['kubernetes', stdout])).toEqual([])
    const misspelt = stdout.replaceAll('timeZone', 'timezone')
    expect(runPython(validator ?? '', 'validate_schedules.py', ['kubernetes', misspelt])).toHaveLength(2)
    const { items } = JSON.parse(stdout)
    expect(items[1].spec).toMatchObject({
      ...{ schedule: '30 3 * * *', timeZone: 'UTC', concurrencyPolicy: 'Forbid' },
      jobTemplate: { spec: { template: { spec: { containers: [{ image: 'lake:1' }] } } } },
    })
    expect(items[1].spec.jobTemplate.spec.template.spec.containers[0].command).toEqual([
      'npx',
      'lake',
      'materialize',
      '--full',
      '--profile',
      'demo',
    ])
  })

  it.skipIf(!validator)('export writes requests that CreateSchedule of EventBridge accepts', () => {
    const target = join(temporaryDirectory(), 'target.json')
    const arn = 'arn:aws:ecs:eu-central-1:000000000000'
    const EcsParameters = { TaskDefinitionArn: `${arn}:task-definition/lake`, LaunchType: 'FARGATE' }
    writeFileSync(target, JSON.stringify({ Arn: `${arn}:cluster/data`, RoleArn: `${arn}:role/starts`, EcsParameters }))
    const { stdout } = lake(['schedule', 'export', '--format', 'eventbridge', '--target', target])
    expect(runPython(validator ?? '', 'validate_schedules.py', ['eventbridge', stdout])).toEqual([])
    const misspelt = stdout.replaceAll('ScheduleExpression"', 'Expression"')
    expect(runPython(validator ?? '', 'validate_schedules.py', ['eventbridge', misspelt])).toHaveLength(2)
    expect(JSON.parse(stdout)[1]).toEqual({
      ...{ Name: 'lake-daily-full', ScheduleExpression: 'cron(30 3 * * ? *)', ScheduleExpressionTimezone: 'UTC' },
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        ...{ Arn: `${arn}:cluster/data`, RoleArn: `${arn}:role/starts`, EcsParameters },
        Input: '{"containerOverrides":[{"name":"lake","command":["npx","lake","materialize","--full"]}]}',
      },
    })
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'run waits for the next due refresh, and ends with 0 on %s',
    async (signal) => {
      const directory = temporaryDirectory()
      const places = ['--lake', join(directory, 'tables'), '--input', join(directory, 'input')]
      const running = startLake(['schedule', 'run', '--json', ...places])
      await running.printed(/\n/)
      running.process.kill(signal)
      const { status, stdout, stderr } = await running.ended
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('type')
    },
  )
})
