/** Exports schedules for the Amazon EventBridge Scheduler, which starts a task on Amazon ECS. */
import type { Schedule } from '../../declare/runs/schedule.ts'
import { LakeError } from '../../errors.ts'
import { zoneOf } from '../schedule-times.ts'
import { cronFields, fieldText, type NumberStyle } from './cron-fields.ts'
import { eitherDay } from './either-day.ts'
import { refreshWords } from './refresh-command.ts'

export interface EventBridgeExport {
  readonly format: 'eventbridge'
  /** The target of each schedule, as CreateSchedule takes it: `Arn`, `RoleArn`, `EcsParameters`. */
  readonly target: Readonly<Record<string, unknown>>
  /** The container of the task that holds the project. */
  readonly container: string
  /** The flags that name the profile and the lake, as words. */
  readonly flags: readonly string[]
}

/**
 * Returns the input of CreateSchedule for each schedule, for `aws scheduler create-schedule
 * --cli-input-json`. Throws `config` for a schedule that EventBridge cannot express.
 */
export function eventBridgeSchedules(schedules: readonly Schedule[], { target, ...task }: EventBridgeExport) {
  return schedules.map((schedule) => ({
    Name: scheduleName(schedule),
    ScheduleExpression: `cron(${expression(schedule)})`,
    ScheduleExpressionTimezone: zoneOf(schedule),
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { ...target, Input: taskInput(schedule, task) },
  }))
}

/** The command that ECS runs instead of that of the task definition. */
function taskInput(schedule: Schedule, { container, flags }: Pick<EventBridgeExport, 'container' | 'flags'>): string {
  const command = ['npx', 'lake', ...refreshWords(schedule, flags)]
  return JSON.stringify({ containerOverrides: [{ name: container, command }] })
}

const NUMBERS: NumberStyle = { range: '-', digits: 1, steps: false }

/**
 * EventBridge counts the days of a week from 1, Sunday, and requires `?` in one of the two day
 * fields.
 */
function expression(schedule: Schedule): string {
  const { minutes, hours, days, months, weekdays } = cronFields(schedule)
  if (days && weekdays) throw eitherDay(schedule, 'EventBridge')
  const week = weekdays?.map((day) => day + 1)
  const [minute, hour, month] = [minutes, hours, months].map((field) => fieldText(field, NUMBERS))
  const [day, weekday] = week ? ['?', fieldText(week, NUMBERS)] : [fieldText(days, NUMBERS), '?']
  return `${minute} ${hour} ${day} ${month} ${weekday} *`
}

function scheduleName({ name }: Schedule): string {
  const exported = `lake-${name}`
  if (/^[\w.-]{1,64}$/.test(exported)) return exported
  throw new LakeError('config', {
    problem: `schedule ${name}: EventBridge cannot have a schedule named ${JSON.stringify(exported)}`,
    remedy: 'Name the schedule with letters, digits, hyphens, underscores and dots, and at most 59 of them.',
  })
}
