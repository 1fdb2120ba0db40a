/** Claims the due tick of a schedule in the lake, runs its refresh, and records the end. */
import { hostname } from 'node:os'
import { LakeError } from '../../errors.ts'
import type { Claim } from '../../run/claims/claim.ts'
import { claimAssets, type HeldClaims } from '../../run/claims/claim-assets.ts'
import { reportError } from '../../run/error-report.ts'
import { newRunId } from '../../run/run-id.ts'
import { systemTiming } from '../../run/timing.ts'
import type { Storage } from '../../storage/storage.ts'
import { type DueTicks, dueTicks, type LastTick, type LeftOutTicks } from './due-ticks.ts'
import { type RefreshContext, type Refreshed, refreshed } from './refresh.ts'
import { endingOf, outcomeOf, recordedEnd } from './tick-end.ts'
import { MAX_EPOCHS, type StoredTick, scheduleClaim, TickStore } from './tick-store.ts'

interface TickContext extends RefreshContext {
  /** The lake that the schedule refreshes. */
  readonly lake: Storage
  /**
   * Since when the scheduler has waited for ticks of the schedule, in milliseconds since the epoch.
   */
  readonly watchingSince: number
}

/** The result of handling the due ticks of a schedule. */
type HandledTicks =
  /** No more ticks are due. `last` is the newest tick that has ended. */
  | { readonly kind: 'handled'; readonly last: LastTick | undefined }
  /** Another scheduler works on a tick. */
  | { readonly kind: 'held-by-other'; readonly holder: Claim }

/**
 * Runs or leaves out the ticks that are due. Throws errors of the storage before a refresh has
 * begun.
 *
 * A scheduler works on the ticks of a schedule only while it holds the schedule's claim, and after
 * it has claimed each tick with put-if-absent. The claim shows whether the scheduler of an
 * unfinished tick is alive. The documents of the ticks record what has been done, so the clocks do
 * not matter.
 */
export async function handleTicks(context: TickContext): Promise<HandledTicks> {
  const before = await lookAt(context)
  if (isNothing(before.due)) return { kind: 'handled', last: before.last }
  return whileClaimed(context, async (claims) => {
    // Another scheduler can have handled the ticks meanwhile.
    const now = await lookAt(context)
    const { run, leftOut } = now.due
    const tick = { context, claims, store: now.store, stored: now.stored, leftOut }
    if (run !== undefined) await runTick(tick, run)
    else if (leftOut.length > 0) await leaveOut(tick)
    const { last } = isNothing(now.due) ? now : await lookAt(context)
    return { kind: 'handled', last }
  })
}

/**
 * Runs the refresh of the schedule as a tick that is due now. Returns `held-by-other` if another
 * scheduler works on the schedule.
 */
export async function runOnce(
  context: TickContext,
): Promise<Refreshed | Extract<HandledTicks, { kind: 'held-by-other' }>> {
  return whileClaimed(context, async (claims) => {
    const { store, stored } = await lookAt(context)
    const now = Math.floor(context.clock.now().getTime() / 1000) * 1000
    return runTick({ context, claims, store, stored, leftOut: [] }, now)
  })
}

interface Look {
  readonly store: TickStore
  readonly stored: StoredTick | undefined
  readonly last: LastTick | undefined
  readonly due: DueTicks
}

async function lookAt({ lake, schedule, clock, watchingSince }: TickContext): Promise<Look> {
  const store = new TickStore(lake, schedule)
  const now = clock.now().getTime()
  // The clock can have been put back since then.
  const since = Math.min(watchingSince, now)
  const stored = await store.newest(now)
  const last = stored && store.lastTick(stored, since)
  return { store, stored, last, due: dueTicks({ schedule, last, watchingSince: since, now, lake: lake.uri }) }
}

const isNothing = ({ run, leftOut }: DueTicks): boolean => run === undefined && leftOut.length === 0

async function whileClaimed<Result>(
  { lake, schedule, signal }: TickContext,
  work: (claims: HeldClaims) => Promise<Result>,
): Promise<Result | Extract<HandledTicks, { kind: 'held-by-other' }>> {
  const timing = { ...systemTiming, sleep: (milliseconds: number) => systemTiming.sleep(milliseconds, signal) }
  const claimed = await claimAssets(lake, [scheduleClaim(schedule)], newRunId(new Date()), timing)
  if (claimed.kind === 'held-by-other') return claimed
  try {
    return await work(claimed.claims)
  } finally {
    // If this fails, the claim ends with its lease.
    await claimed.claims.release().catch(() => undefined)
  }
}

interface ClaimedTick {
  readonly context: TickContext
  readonly claims: HeldClaims
  readonly store: TickStore
  readonly stored: StoredTick | undefined
  readonly leftOut: readonly LeftOutTicks[]
}

async function runTick({ context, claims, store, stored, leftOut }: ClaimedTick, due: number): Promise<Refreshed> {
  const { schedule, clock, emit } = context
  const epoch = stored?.due === due ? stored.epoch + 1 : 1
  const startedAt = clock.now()
  const begun = { ...aboutTick(context, store, due), startedAt: startedAt.toISOString(), leftOut }
  // If another scheduler took the claim, it can have run the tick and deleted its documents since.
  const isHeld = await claims.holds(scheduleClaim(schedule))
  const isLost = !isHeld || (await store.begin(due, epoch, begun)) === 'exists'
  if (isLost) return { kind: 'not-run', error: { code: 'held', message: 'another scheduler runs this tick' } }
  tellLeftOut(context, leftOut)
  const about = { at: startedAt.toISOString(), schedule: schedule.name, due: begun.due }
  emit({ type: 'refresh-started', ...about, ...(epoch > 1 && { again: true as const }) })
  const result = epoch > MAX_EPOCHS ? givenUp(schedule.name) : await refreshed(context)
  const endedAt = clock.now()
  const outcome = outcomeOf(result)
  const durationMs = Math.max(0, endedAt.getTime() - startedAt.getTime())
  await untilReached(context, () =>
    store.end(due, epoch, { ...begun, endedAt: endedAt.toISOString(), outcome, ...recordedEnd(result) }),
  )
  emit({ ...endingOf(result), ...about, at: endedAt.toISOString(), durationMs })
  return result
}

/** Records ticks that never run, in the document of the last of them. */
async function leaveOut({ context, store, stored, leftOut }: ClaimedTick): Promise<void> {
  const due = Math.max(...leftOut.map(({ last }) => last))
  const now = context.clock.now().toISOString()
  const epoch = stored?.due === due ? stored.epoch + 1 : 1
  await store.end(due, epoch, {
    ...aboutTick(context, store, due),
    ...{ startedAt: now, endedAt: now, outcome: 'left-out', leftOut },
  })
  tellLeftOut(context, leftOut)
}

const aboutTick = ({ schedule }: TickContext, { times }: TickStore, due: number) => ({
  ...{ schedule: schedule.name, times, due: new Date(due).toISOString() },
  ...{ host: hostname(), pid: process.pid },
})

function tellLeftOut({ schedule, clock, emit }: TickContext, leftOut: readonly LeftOutTicks[]): void {
  for (const { why, count, first, last } of leftOut) {
    const between = { first: new Date(first).toISOString(), last: new Date(last).toISOString() }
    emit({ type: 'ticks-left-out', at: clock.now().toISOString(), schedule: schedule.name, why, count, ...between })
  }
}

function givenUp(name: string): Refreshed {
  const message = `schedule ${name}: each of ${MAX_EPOCHS} schedulers died while it ran this tick, so it is given up`
  return { kind: 'not-run', error: { code: 'interrupted', message } }
}

const AGAIN_AFTER_MS = 15_000

/** Repeats a write that the lake refuses until it succeeds, or the scheduler is stopped. */
async function untilReached({ schedule, clock, signal, emit }: TickContext, write: () => Promise<void>): Promise<void> {
  for (let isFirst = true; ; isFirst = false) {
    const error = await write().then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    const about = () => ({ at: clock.now().toISOString(), schedule: schedule.name })
    if (error === undefined && !isFirst) emit({ type: 'lake-reached', ...about() })
    if (error === undefined || signal.aborted) return
    if (!(error instanceof LakeError)) throw error
    if (isFirst) emit({ type: 'lake-unreachable', ...about(), error: reportError(error) })
    await clock.wait(AGAIN_AFTER_MS, signal)
  }
}
