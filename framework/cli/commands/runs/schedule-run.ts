/** Runs `lake schedule run`: the scheduler, or one tick of one schedule. */
import type { Schedule } from '../../../declare/runs/schedule.ts'
import { exitStatus, LakeError } from '../../../errors.ts'
import type { EventSink } from '../../../run/events.ts'
import { systemClock } from '../../../schedule/clock.ts'
import { shellWord } from '../../../schedule/export/refresh-command.ts'
import { runSchedules } from '../../../schedule/run-schedules.ts'
import type { Endpoints } from '../../../schedule/serve/endpoints.ts'
import type { RefreshContext, Refreshed } from '../../../schedule/ticks/refresh.ts'
import { runOnce } from '../../../schedule/ticks/run-tick.ts'
import { type CommandContext, type ExitStatus, projectOf, runStatus } from '../../context.ts'
import { interruptible } from '../../interrupt.ts'
import { freshProject } from '../../project/fresh-project.ts'
import type { Project } from '../../project/project.ts'
import { schedulesOf } from '../../project/schedules.ts'
import { refreshInProcess } from '../../scheduler/refresh-process.ts'
import { projectOfSchedule } from '../../scheduler/schedule-project.ts'
import { plainSink, type ScheduleSink, scheduleSink } from '../../scheduler/schedule-sink.ts'
import { schedulerLeases } from '../../scheduler/scheduler-lease.ts'
import { memoryCollector } from '../../scheduler/small-memory.ts'
import { hasStaleWork } from '../../scheduler/stale-work.ts'

interface ScheduleRunValues {
  /** Only the schedule of this name. */
  readonly name: string | undefined
  readonly once?: boolean
}

export async function scheduleRunCommand(
  context: CommandContext,
  { name, once = false }: ScheduleRunValues,
): Promise<ExitStatus> {
  const project = await projectOf(context)
  const [first, ...others] = schedulesNamed(project, name)
  if (!once || !first) return runScheduler(context, project, name)
  if (others.length === 0) return runOneTick(context, project, first)
  throw new LakeError('usage', {
    problem: '--once runs one schedule, and the config has several',
    remedy: `Name it: \`lake schedule run ${shellWord(first.name)} --once\`.`,
  })
}

/** Throws `config` or `usage` if there is none. */
function schedulesNamed(project: Project, name: string | undefined): readonly Schedule[] {
  const schedules = schedulesOf(project)
  if (schedules.length === 0) {
    throw new LakeError('config', {
      problem: 'the config has no schedules',
      remedy: `Add some under \`schedules\` in config/lake.config.ts.`,
    })
  }
  const named = name === undefined ? schedules : schedules.filter((schedule) => schedule.name === name)
  if (named.length > 0) return named
  throw new LakeError('usage', {
    problem: `the config has no schedule ${JSON.stringify(name)}`,
    remedy: `It has: ${schedules.map((schedule) => schedule.name).join(', ')}.`,
  })
}

/**
 * Runs until it is interrupted. An interrupt cancels a running refresh, and is the normal end: the
 * status is 0.
 */
async function runScheduler(context: CommandContext, project: Project, name: string | undefined): Promise<ExitStatus> {
  const current = currentProject(context, project)
  const lakeOf = (schedule: Schedule) => projectOfSchedule(current.latest(), schedule, context).storages.lake
  const leases = schedulerLeases(context.terminal.note)
  const schedules = schedulesNamed(project, name)
  const collectMemory = memoryCollector()
  const endpoints = await openEndpoints(project, schedules)
  if (endpoints) context.terminal.note(`health and metrics are at ${endpoints.address}/healthz and /metrics`)
  let sink: ScheduleSink | undefined
  const stopping = () => sink?.stopping()
  try {
    await leases.hold(schedules.map(lakeOf))
    const facts = () => [leases.describe(), ...(endpoints ? [`${endpoints.address}/healthz`] : [])]
    const shown = await scheduleSink(context, { project, schedules, facts })
    sink = shown
    collectMemory()
    await interruptible(
      (signal) =>
        runSchedules({
          ...portsOf(context, current, { signal, emit: shown.emitRun }),
          ...{ schedules, lakeOf },
          emit: (event) => {
            endpoints?.report(event)
            shown.emit(event)
          },
          reread: async () => {
            endpoints?.report({ type: 'looked', at: new Date().toISOString() })
            const all = schedulesOf(await current.load())
            const named = name === undefined ? all : all.filter((schedule) => schedule.name === name)
            await leases.hold(named.map(lakeOf))
            endpoints?.serve(named)
            shown.show(named)
            collectMemory()
            return named
          },
        }),
      stopping,
    )
  } finally {
    sink?.close()
    await endpoints?.close()
    await leases.release()
  }
  return 0
}

/** Loads the server only if the config has one. */
async function openEndpoints({ config }: Project, schedules: readonly Schedule[]): Promise<Endpoints | undefined> {
  if (!config.scheduler) return undefined
  const { openEndpoints: open } = await import('../../../schedule/serve/endpoints.ts')
  return open(config.scheduler, schedules)
}

const LOOK_EVERY_MS = 2_000

/** Runs the work of a schedule now. */
async function runOneTick(context: CommandContext, project: Project, schedule: Schedule): Promise<ExitStatus> {
  const current = currentProject(context, project)
  const { lake } = projectOfSchedule(project, schedule, context).storages
  const { emit, emitRun } = plainSink(context)
  return interruptible(async (signal) => {
    const tick = {
      ...portsOf(context, current, { signal, emit: emitRun }),
      schedule,
      lake,
      watchingSince: Date.now(),
      emit,
    }
    let result = await runOnce(tick)
    while (result.kind === 'held-by-other' && schedule.overlap !== 'skip' && !signal.aborted) {
      await systemClock.wait(LOOK_EVERY_MS, signal)
      result = await runOnce(tick)
    }
    if (result.kind !== 'held-by-other') return statusOf(result)
    const { pid, host } = result.holder
    throw new LakeError('held', {
      problem: `schedule ${schedule.name}: process ${pid} on ${host} runs a tick of it`,
      remedy: 'Wait for its end.',
    })
  })
}

function statusOf(result: Refreshed): ExitStatus {
  switch (result.kind) {
    case 'fresh':
      return 0
    case 'ran':
      return runStatus(result)
    case 'not-run':
      return result.error.code === 'bug' ? 1 : exitStatus(result.error.code)
  }
}

interface CurrentProject {
  /** Throws the mistakes of the project. */
  load(): Promise<Project>
  /** The project as it was loaded last. */
  latest(): Project
}

function currentProject(context: CommandContext, first: Project): CurrentProject {
  const loadProject = freshProject(context, first)
  let latest = first
  return {
    load: async () => {
      latest = await loadProject()
      return latest
    },
    latest: () => latest,
  }
}

function portsOf(
  context: CommandContext,
  current: CurrentProject,
  { signal, emit }: { readonly signal: AbortSignal; readonly emit: EventSink },
): Pick<RefreshContext, 'clock' | 'random' | 'signal' | 'refresh'> {
  return {
    clock: systemClock,
    random: Math.random,
    signal,
    refresh: async (schedule, refreshSignal) => {
      const project = async () => projectOfSchedule(await current.load(), schedule, context)
      if (schedule.whenStale && !(await hasStaleWork(await project(), schedule))) return { kind: 'fresh' }
      return refreshInProcess(context.flags, schedule, { signal: refreshSignal, emit })
    },
  }
}
