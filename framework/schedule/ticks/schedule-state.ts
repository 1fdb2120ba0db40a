/** Reads the state of a schedule's ticks from the lake. */
import { durationMs } from '../../declare/runs/duration.ts'
import type { Schedule } from '../../declare/runs/schedule.ts'
import type { Claim } from '../../run/claims/claim.ts'
import { SCHEDULER_CLAIM } from '../../run/claims/claim.ts'
import type { Storage } from '../../storage/storage.ts'
import { type LeftOutTicks, MAX_TICKS, newestTicks, nextStart } from './due-ticks.ts'
import { type EndedTick, type StoredTick, scheduleClaim, type TickOutcome, TickStore } from './tick-store.ts'

/** Times are ISO 8601, UTC. */
export interface ScheduleState {
  readonly name: string
  /** The next tick. null if there is none. */
  readonly next: string | null
  /** The newest tick. null if no scheduler has handled one. */
  readonly last: LastTickState | null
  /** Ticks after the last one that ran. They were not run. null if there are none. */
  readonly missed: MissedTicks | null
}

export interface LastTickState {
  readonly due: string
  /** `running` while a scheduler works on it, `unfinished` if that scheduler is dead. */
  readonly outcome: TickOutcome | 'running' | 'unfinished'
  readonly startedAt: string
  readonly endedAt?: string
  readonly runId?: string
  /** Why it failed, or was skipped. */
  readonly message?: string
  readonly host: string
}

export interface MissedTicks {
  /** At most 1000, which means that many or more. */
  readonly count: number
  readonly first: string
  readonly last: string
}

interface ScheduleStateContext {
  readonly lake: Storage
  /** The live claims of the lake. */
  readonly claims: readonly Claim[]
  readonly now: Date
}

/** A tick that is later than this counts as missed, unless a scheduler runs. */
const LATE_MS = 60_000

export async function scheduleState(
  schedule: Schedule,
  { lake, claims, now }: ScheduleStateContext,
): Promise<ScheduleState> {
  const store = new TickStore(lake, schedule)
  const stored = await store.newest(now.getTime())
  const isHeld = claims.some(({ key }) => key === scheduleClaim(schedule))
  const hasScheduler = claims.some(({ key }) => key === SCHEDULER_CLAIM)
  const next = nextStart({ schedule, lake: lake.uri }, Math.max(now.getTime(), stored?.due ?? 0))
  // If a scheduler runs, the tick is only late.
  const last = stored && store.lastTick(stored, now.getTime())
  const latest = now.getTime() - LATE_MS - (schedule.jitter === undefined ? 0 : durationMs(schedule.jitter))
  const waiting = last && !hasScheduler ? newestTicks(schedule, { after: last.due, until: latest }, MAX_TICKS) : []
  return {
    name: schedule.name,
    next: next ? new Date(next.due).toISOString() : null,
    last: stored ? lastState(stored, isHeld) : null,
    missed: missedTicks(stored?.ended, waiting),
  }
}

function lastState({ begun, ended, isOver }: StoredTick, isHeld: boolean): LastTickState | null {
  const known = ended ?? begun
  if (!known) return null
  const { due, startedAt, host } = known
  if (!ended) return { due, startedAt, host, outcome: isHeld && !isOver ? 'running' : 'unfinished' }
  const { endedAt, outcome, runId, error } = ended
  return {
    ...{ due, startedAt, host, endedAt, outcome },
    ...(runId !== undefined && { runId }),
    ...(error && { message: error.message }),
  }
}

function missedTicks(ended: EndedTick | undefined, waiting: readonly number[]): MissedTicks | null {
  const isLeftOut = ended?.outcome === 'left-out'
  const recorded: readonly LeftOutTicks[] = isLeftOut ? ended.leftOut.filter(({ why }) => why !== 'superseded') : []
  const times = [...recorded.flatMap(({ first, last }) => [first, last]), ...waiting]
  if (times.length === 0) return null
  const count = recorded.reduce((sum, group) => sum + group.count, 0) + waiting.length
  const at = (time: number) => new Date(time).toISOString()
  return { count, first: at(Math.min(...times)), last: at(Math.max(...times)) }
}
