/** Runs `lake schedule list` and `lake schedule next`. */
import type { Schedule } from '../../../declare/runs/schedule.ts'
import { scheduleListText, scheduleTimesText } from '../../../report/schedule-text.ts'
import { nextTimes, zoneOf } from '../../../schedule/schedule-times.ts'
import type { ScheduleState } from '../../../schedule/ticks/schedule-state.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { schedulesOf } from '../../project/schedules.ts'
import { scheduleStates } from '../../scheduler/schedule-states.ts'

export async function listCommand(context: CommandContext): Promise<ExitStatus> {
  const project = await projectOf(context)
  const listed = await scheduleStates(project, context)
  context.terminal.print({
    document: () => ({ schedules: listed.map(({ schedule, state }) => scheduleDocument(schedule, state)) }),
    text: (page) => scheduleListText(listed, page),
  })
  return 0
}

function scheduleDocument(schedule: Schedule, { next, last, missed }: ScheduleState) {
  const { name, cron = null, selection = [], full = false, ...others } = schedule
  return { name, cron, timeZone: zoneOf(schedule), selection, full, next, ...others, last, missed }
}

interface NextValues {
  readonly count: number
}

export async function nextCommand(context: CommandContext, { count }: NextValues): Promise<ExitStatus> {
  const now = new Date()
  const times = schedulesOf(await projectOf(context))
    .flatMap((schedule) => nextTimes(schedule, now, count).map((at) => ({ schedule, at })))
    .toSorted((left, right) => left.at.getTime() - right.at.getTime())
  context.terminal.print({
    document: () => ({ next: times.map(({ schedule, at }) => ({ name: schedule.name, at })) }),
    text: (page) => scheduleTimesText(times, page),
  })
  return 0
}
