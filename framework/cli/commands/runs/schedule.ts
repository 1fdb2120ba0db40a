/** Runs the `lake schedule` commands: lists, prints and runs schedules. */
import type { Schedule } from '../../../declare/project.ts'
import { LakeError } from '../../../errors.ts'
import { scheduleEventText, scheduleListText, scheduleTimesText } from '../../../report/schedule-text.ts'
import { systemClock } from '../../../schedule/clock.ts'
import { runSchedules } from '../../../schedule/run-schedules.ts'
import { nextTimes, zoneOf } from '../../../schedule/schedule-times.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { interruptible } from '../../interrupt.ts'
import { freshProject } from '../../project/fresh-project.ts'
import { schedulesOf } from '../../project/schedules.ts'
import { refreshInProcess } from '../../refresh-process.ts'
import { schedulerLease } from '../../scheduler-lease.ts'

export async function listCommand(context: CommandContext): Promise<ExitStatus> {
  const schedules = schedulesOf(await projectOf(context))
  const now = new Date()
  const listed = schedules.map((schedule) => ({ schedule, next: nextTimes(schedule, now, 1)[0] ?? null }))
  context.terminal.print({
    document: () => ({ schedules: listed.map(({ schedule, next }) => scheduleDocument(schedule, next)) }),
    text: (page) => scheduleListText(listed, page),
  })
  return 0
}

function scheduleDocument({ name, cron, selection = [], full = false, ...schedule }: Schedule, next: Date | null) {
  return { name, cron, timeZone: zoneOf(schedule), selection, full, next: next?.toISOString() ?? null }
}

export interface NextValues {
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

/**
 * Runs until it is interrupted. An interrupt cancels a running refresh, and is the normal end: the
 * status is 0.
 */
export async function scheduleRunCommand(context: CommandContext): Promise<ExitStatus> {
  const { flags, terminal } = context
  const project = await projectOf(context)
  const schedules = schedulesOf(project)
  if (schedules.length === 0) {
    throw new LakeError('config', {
      problem: 'the config has no schedules',
      remedy: `Add some under \`schedules\` in config/lake.config.ts.`,
    })
  }
  const lease = schedulerLease(project.places.lake, terminal.note)
  const loadProject = freshProject(context, project)
  await lease.hold()
  await interruptible((signal) =>
    runSchedules({
      schedules,
      signal,
      clock: systemClock,
      emit: (event) => terminal.print({ document: () => event, text: () => scheduleEventText(event) }),
      refresh: (schedule, refreshSignal) => refreshInProcess(flags, schedule, refreshSignal),
      reread: async () => {
        await lease.hold()
        return schedulesOf(await loadProject())
      },
    }),
  ).finally(() => lease.release())
  return 0
}
