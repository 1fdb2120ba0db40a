/** Shows the events of a scheduler: as JSON, as a live view in a terminal, or as plain lines. */
import type { Schedule } from '../../declare/runs/schedule.ts'
import { scheduleEventText } from '../../report/schedule-text.ts'
import type { EventSink } from '../../run/events.ts'
import type { ScheduleEvent } from '../../schedule/schedule-events.ts'
import type { CommandContext } from '../context.ts'
import type { Project } from '../project/project.ts'

export interface ScheduleSink {
  readonly emit: (event: ScheduleEvent) => void
  /** Gets the events of a running refresh. */
  readonly emitRun: EventSink
  /** Replaces the schedules that are shown. */
  show(schedules: readonly Schedule[]): void
  /** Reports an interrupt at once, because a refresh can take seconds to end. */
  stopping(): void
  close(): void
}

interface ShownScheduler {
  readonly project: Project
  readonly schedules: readonly Schedule[]
  /** The place and the services of this scheduler, one fact each. */
  readonly facts: () => readonly string[]
}

export async function scheduleSink(context: CommandContext, shown: ShownScheduler): Promise<ScheduleSink> {
  return context.terminal.interactive ? liveSink(context, shown) : plainSink(context)
}

/** Prints each event: a JSON document with --json, else a line unless only a view shows it. */
export function plainSink({ terminal, flags }: CommandContext): ScheduleSink {
  const nothing = () => undefined
  return {
    emit: (event) => {
      const text = scheduleEventText(event, terminal.interactive)
      if (flags.json || text !== undefined) terminal.print({ document: () => event, text: () => text ?? '' })
    },
    ...{ emitRun: nothing, show: nothing, stopping: nothing, close: nothing },
  }
}

/** Loads the view only in a terminal: elsewhere a scheduler has to be small. */
async function liveSink(context: CommandContext, { project, schedules, facts }: ShownScheduler): Promise<ScheduleSink> {
  const { terminal } = context
  const [{ renderSchedule }, view, { scheduleStates }] = await Promise.all([
    import('../../tui/schedule/render-schedule.ts'),
    import('../../report/schedule-view.ts'),
    import('./schedule-states.ts'),
  ])
  const names = new Set(schedules.map(({ name }) => name))
  const listed = (await scheduleStates(project, context)).filter(({ state }) => names.has(state.name))
  const rendering = renderSchedule({
    ...{ stdin: process.stdin, stdout: process.stdout, paint: terminal.page().paint, now: () => new Date(), facts },
    opened: { schedules: listed, running: undefined },
    stop: () => void process.kill(process.pid, 'SIGINT'),
  })
  return {
    emit: (event) => {
      const line = scheduleEventText(event, false)
      rendering.update((before) => view.foldScheduleEvent(before, event), line && terminal.suggest(line))
    },
    emitRun: (event) => rendering.update((before) => view.foldRefreshEvent(before, event)),
    show: (schedules) => rendering.update((before) => view.withSchedules(before, schedules)),
    stopping: rendering.stopping,
    close: rendering.close,
  }
}
