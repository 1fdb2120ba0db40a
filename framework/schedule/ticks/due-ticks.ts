/** Decides which tick of a schedule runs now, and which ticks never run. Pure. */
import { createHash } from 'node:crypto'
import { durationMs } from '../../declare/runs/duration.ts'
import type { Schedule } from '../../declare/runs/schedule.ts'
import { timesAfter } from '../schedule-times.ts'

/** The newest tick that a scheduler has handled. Times are milliseconds since the epoch. */
export interface LastTick {
  readonly due: number
  /** When its refresh began and ended. Missing if it never ran. */
  readonly ran?: { readonly startedAt: number; readonly endedAt: number }
  /** Why its refresh was not finished: the scheduler died, or it was stopped. */
  readonly unfinished?: 'dead' | 'stopped'
}

/** Everything that the decision depends on. Times are milliseconds since the epoch. */
interface Situation {
  readonly schedule: Schedule
  readonly last: LastTick | undefined
  /** Since when this scheduler has waited for ticks of the schedule. */
  readonly watchingSince: number
  readonly now: number
  /**
   * Text that differs between lakes, so that the ticks of different lakes have different delays.
   */
  readonly lake: string
}

/**
 * Why a tick never runs. `missed`: no scheduler ran when it came due. `overlapped`: an earlier tick
 * was running. `superseded`: a later due tick replaces it.
 */
export type LeftOutWhy = 'missed' | 'overlapped' | 'superseded'

/** Ticks that never run, for one reason. `first` and `last` are milliseconds since the epoch. */
export interface LeftOutTicks {
  readonly why: LeftOutWhy
  /** At most `MAX_TICKS`, which then means that many or more. */
  readonly count: number
  readonly first: number
  readonly last: number
}

export interface DueTicks {
  /** undefined if none of the due ticks runs. */
  readonly run: number | undefined
  /** Due ticks before `run`, or all of them. */
  readonly leftOut: readonly LeftOutTicks[]
}

/** Maximum number of left-out ticks that are counted for one reason. */
export const MAX_TICKS = 1_000
/** Maximum number of missed ticks that `catchUp: 'all'` runs: the newest ones. */
export const MAX_CAUGHT_UP = 100

/** Returns what happens to the ticks that are due now and later than the last one. */
export function dueTicks(situation: Situation): DueTicks {
  const candidates = candidatesOf(situation)
  const chosen = chosenOf(situation.schedule, candidates)
  const left = chosen === undefined ? candidates : candidates.slice(0, candidates.indexOf(chosen))
  return { run: chosen?.due, leftOut: inGroups(left, chosen !== undefined) }
}

type Kind = 'begun' | 'missed' | 'overlapped' | 'late'

interface Candidate {
  readonly due: number
  readonly kind: Kind
  /** Whether the tick runs according to the schedule, unless a later tick supersedes it. */
  readonly runs: boolean
}

function candidatesOf(situation: Situation): readonly Candidate[] {
  const { schedule, last } = situation
  const { catchUp = 'skip', overlap = 'queue' } = schedule
  const wanted = { begun: true, missed: catchUp !== 'skip', overlapped: overlap === 'queue', late: true }
  const again = unfinishedKind(last)
  const kinds = [
    ...(last && again ? [{ due: last.due, kind: again }] : []),
    ...newTicks(situation).map((due) => ({ due, kind: kindOf(due, situation) })),
  ]
  const missed = kinds.filter(({ kind }) => kind === 'missed')
  const oldest = missed.at(-MAX_CAUGHT_UP)?.due ?? Number.NEGATIVE_INFINITY
  return kinds.map(({ due, kind }) => ({ due, kind, runs: wanted[kind] && (kind !== 'missed' || due >= oldest) }))
}

/** A tick whose scheduler died runs again. A tick that was stopped counts as missed. */
function unfinishedKind(last: LastTick | undefined): Kind | undefined {
  if (last?.unfinished === undefined) return undefined
  return last.unfinished === 'dead' ? 'begun' : 'missed'
}

const NEVER_RAN = { startedAt: Number.POSITIVE_INFINITY, endedAt: Number.NEGATIVE_INFINITY }

function kindOf(due: number, { last, watchingSince }: Situation): Kind {
  const { startedAt, endedAt } = last?.ran ?? NEVER_RAN
  if (due > startedAt && due <= endedAt) return 'overlapped'
  if (due < watchingSince) return 'missed'
  return due <= endedAt ? 'overlapped' : 'late'
}

/** `all` runs missed ticks in their order. Otherwise the latest tick supersedes those before it. */
function chosenOf({ catchUp }: Schedule, candidates: readonly Candidate[]): Candidate | undefined {
  const wanted = candidates.filter(({ runs }) => runs)
  const missed = wanted.find(({ kind }) => kind === 'missed' || kind === 'begun')
  return (catchUp === 'all' ? missed : undefined) ?? wanted.at(-1)
}

function inGroups(left: readonly Candidate[], hasLater: boolean): readonly LeftOutTicks[] {
  const groups = new Map<LeftOutWhy, LeftOutTicks>()
  for (const { due, kind, runs } of left) {
    const why = whyLeftOut(kind, runs && hasLater)
    const { count = 0, first = due } = groups.get(why) ?? {}
    groups.set(why, { why, count: Math.min(count + 1, MAX_TICKS), first, last: due })
  }
  return [...groups.values()]
}

function whyLeftOut(kind: Kind, isSuperseded: boolean): LeftOutWhy {
  if (kind === 'missed') return 'missed'
  return isSuperseded || kind !== 'overlapped' ? 'superseded' : 'overlapped'
}

/** The newest ticks that are later than the last one and whose delay is over, ascending. */
function newTicks(situation: Situation): readonly number[] {
  const ticks = spansOf(situation).flatMap(([after, until]) =>
    newestTicks(situation.schedule, { after, until }, LOOKED_AT),
  )
  const waiting = ticks.findIndex((due) => startOf(due, situation) > situation.now)
  return waiting < 0 ? ticks : ticks.slice(0, waiting)
}

/**
 * Maximum number of ticks of a span to look at. Even if some of them run, enough are left for the
 * maximum count.
 */
const LOOKED_AT = MAX_TICKS + MAX_CAUGHT_UP

/**
 * Splits the time from the last tick until now where the kind of a tick can change. The ticks of a
 * span have one kind, so that a count of fewer than `MAX_TICKS` left-out ticks is exact.
 */
function spansOf({ last, watchingSince, now }: Situation): readonly (readonly [after: number, until: number])[] {
  const { startedAt, endedAt } = last?.ran ?? NEVER_RAN
  const after = last ? last.due : watchingSince
  const inside = [startedAt, endedAt, watchingSince - 1].filter((time) => time > after && time < now)
  const ends = [...inside.toSorted((left, right) => left - right), now]
  return ends.map((until, index) => [ends[index - 1] ?? after, until])
}

const HOUR_MS = 3_600_000

/** The newest `count` ticks later than `after` and not later than `until`, ascending. */
export function newestTicks(
  schedule: Schedule,
  { after, until }: { readonly after: number; readonly until: number },
  count: number,
): readonly number[] {
  // The window grows backwards, because years without a scheduler have very many ticks.
  for (let window = HOUR_MS; ; window *= 8) {
    const from = Math.max(after, until - window)
    const ticks = ticksBetween(schedule, from, until)
    if (from === after || ticks.length >= count) return ticks.slice(-count)
  }
}

function ticksBetween(schedule: Schedule, after: number, until: number): readonly number[] {
  const ticks: number[] = []
  for (const time of timesAfter(schedule, after)) {
    if (time > until) break
    ticks.push(time)
  }
  return ticks
}

/** When the first tick later than `after` starts. undefined if there is none. */
export function nextStart(situation: Pick<Situation, 'schedule' | 'lake'>, after: number): TickStart | undefined {
  const [due] = timesAfter(situation.schedule, after)
  return due === undefined ? undefined : { due, start: startOf(due, situation) }
}

/** A tick and when its refresh starts: `due` plus the delay of the jitter. */
interface TickStart {
  readonly due: number
  readonly start: number
}

/**
 * The delay is the same on all hosts and at each reading, so that all schedulers agree on when a
 * tick starts.
 */
function startOf(due: number, { schedule, lake }: Pick<Situation, 'schedule' | 'lake'>): number {
  if (schedule.jitter === undefined) return due
  const hash = createHash('sha256').update(`${lake}\n${schedule.name}\n${due}`).digest()
  return due + Math.floor((hash.readUInt32BE(0) / 2 ** 32) * durationMs(schedule.jitter))
}
