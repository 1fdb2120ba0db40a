/** Reads the state of the config's schedules and their past ticks. */
import type { Schedule } from '../../declare/runs/schedule.ts'
import { LakeError } from '../../errors.ts'
import { activeClaims } from '../../run/claims/open-claims.ts'
import { nextTimes } from '../../schedule/schedule-times.ts'
import { type ScheduleState, scheduleState } from '../../schedule/ticks/schedule-state.ts'
import type { Storage } from '../../storage/storage.ts'
import type { CommandContext } from '../context.ts'
import type { Project } from '../project/project.ts'
import { schedulesOf } from '../project/schedules.ts'
import { projectOfSchedule } from './schedule-project.ts'

export interface ScheduleWithState {
  readonly schedule: Schedule
  readonly state: ScheduleState
}

/**
 * Returns the states in the order of the config. If a lake cannot be read, a note says so, and its
 * schedules have no past ticks.
 */
export function scheduleStates(project: Project, context: CommandContext): Promise<readonly ScheduleWithState[]> {
  return statesOf(placedSchedules(project, context), (text) => context.terminal.note(text))
}

/** Returns the states of only those schedules that refresh the lake of the project. */
export function statesOnLake(
  project: Project,
  context: CommandContext,
  note: (text: string) => void,
): Promise<readonly ScheduleWithState[]> {
  const { uri } = project.storages.lake
  return statesOf(
    placedSchedules(project, context).filter(({ lake }) => lake.uri === uri),
    note,
  )
}

interface PlacedSchedule {
  readonly schedule: Schedule
  /** The lake that it refreshes. */
  readonly lake: Storage
}

function placedSchedules(project: Project, context: CommandContext): readonly PlacedSchedule[] {
  return schedulesOf(project).map((schedule) => {
    const { lake } = projectOfSchedule(project, schedule, context).storages
    return { schedule, lake }
  })
}

function statesOf(
  placed: readonly PlacedSchedule[],
  note: (text: string) => void,
): Promise<readonly ScheduleWithState[]> {
  const now = new Date()
  const claimsOf = claimsOnce()
  return Promise.all(
    placed.map(async ({ schedule, lake }) => {
      try {
        const claims = await claimsOf(lake)
        return { schedule, state: await scheduleState(schedule, { lake, claims, now }) }
      } catch (error) {
        if (!(error instanceof LakeError)) throw error
        note(`schedule ${schedule.name}: its past ticks are unknown: ${error.message}`)
        const next = nextTimes(schedule, now, 1)[0]?.toISOString() ?? null
        return { schedule, state: { name: schedule.name, next, last: null, missed: null } }
      }
    }),
  )
}

/** Reads the claims of a lake once for all of its schedules. */
function claimsOnce(): typeof activeClaims {
  const read = new Map<string, ReturnType<typeof activeClaims>>()
  return (lake) => {
    const claims = read.get(lake.uri) ?? activeClaims(lake)
    read.set(lake.uri, claims)
    return claims
  }
}
