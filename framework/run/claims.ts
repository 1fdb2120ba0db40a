/** Claims assets for a run, so that two runs never build one asset at the same time. */
import { hostname } from 'node:os'
import PQueue from 'p-queue'
import * as z from 'zod'
import type { Storage } from '../storage/storage.ts'
import { type DocumentFormat, readDocument } from '../storage/stored-document.ts'
import { runIdSchema, runStartedAt } from './run-id.ts'
import { systemTiming, type Timing } from './timing.ts'

const DIRECTORY = '_lake/claims'
const LEASES = '_lake/leases'
/** How long the claims of a run last unless its lease is renewed. */
const LEASE_MS = 60_000
const RENEW_EVERY_MS = 20_000
/**
 * How far the clocks of two hosts can differ. S3 refuses the requests of a clock that is further
 * off.
 */
export const MOST_CLOCK_DIFFERENCE_MS = 15 * 60_000
/**
 * How long a lease that seems to have expired is watched. Within this time a live run would have
 * renewed it.
 */
const WATCH_MS = RENEW_EVERY_MS + 10_000
const LOOK_EVERY_MS = 5_000
/** The claim of a scheduler. It builds nothing itself. No asset's key begins with an underscore. */
export const SCHEDULER_CLAIM = '_scheduler'
/** How the key of a scheduler's claim on the ticks of one schedule begins. */
export const SCHEDULE_CLAIMS = '_schedule_'
/** How long after the end of its lease a run counts as late rather than dead. */
const LATE_MS = 60 * 60_000
/** How long a claim by a version of lake without leases lasts. */
const UNLEASED_MS = 24 * 60 * 60_000
/** Maximum number of files of claims that a run writes or deletes at once. */
const MAX_AT_ONCE = 32

/** The run that builds an asset, and when its lease expires unless it is renewed. */
export interface Claim {
  readonly key: string
  readonly runId: string
  readonly host: string
  readonly pid: number
  readonly expiresAt: string
  /** When the run claimed it. Missing in claims of older versions of lake. */
  readonly claimedAt?: string
}

/** When the run claimed the asset. For a claim of an older version, when its run began. */
export const claimedSince = ({ claimedAt, runId }: Pick<Claim, 'claimedAt' | 'runId'>): string | undefined =>
  claimedAt ?? runStartedAt(runId)?.toISOString()

/** A claim as it is stored. The lease of its run decides when a leased claim expires. */
interface StoredClaim extends Claim {
  readonly leased?: true
}

const CLAIM: DocumentFormat<StoredClaim> = {
  schema: z.object({
    key: z.string(),
    runId: runIdSchema,
    // People see the host, so it contains no control characters.
    host: z.string().regex(/^[^\p{Cc}]{0,255}$/u),
    pid: z.int().min(0),
    expiresAt: z.iso.datetime(),
    leased: z.literal(true).exactOptional(),
    claimedAt: z.iso.datetime().exactOptional(),
  }),
  mostBytes: 64 * 1024,
}

/** Stores when all claims of a run expire, so that a run of ten thousand assets renews one file. */
const LEASE: DocumentFormat<{ readonly expiresAt: string }> = {
  schema: z.object({ expiresAt: z.iso.datetime() }),
  mostBytes: 64 * 1024,
}

/**
 * The claims of a run. A claim is the file `KEY.EPOCH.json`. The next holder creates the next epoch
 * with put-if-absent, so only one of several runs gets it. A release is a mark and not a deletion,
 * so that no epoch is used twice. If a claim is lost anyway, the commit still lets only one of two
 * writers publish.
 */
export interface HeldClaims {
  /**
   * Whether the run still has the claim on the asset. Asks the lake only if another run can have
   * taken it, because this process stood still or could not renew its lease.
   */
  holds(key: string): Promise<boolean>
  /** Releases the assets. Leaves claims that were lost meanwhile to their new holder. */
  release(): Promise<void>
}

export type ClaimResult =
  | { readonly kind: 'claimed'; readonly held: HeldClaims; readonly deadRuns: readonly string[] }
  | { readonly kind: 'held'; readonly by: Claim }

interface Epoch {
  readonly key: string
  readonly epoch: number
  readonly released: boolean
}

/**
 * Claims all of the assets or none. `held` returns the claim of another run; `deadRuns` are runs
 * whose claims it took. The clock of another host can be behind. So a lease that expired recently
 * is watched before its run counts as dead.
 */
export async function claimAssets(
  lake: Storage,
  keys: readonly string[],
  runId: string,
  timing: Timing = systemTiming,
): Promise<ClaimResult> {
  const taken = new Map<string, number>()
  const held = await renewing(lake, taken, runId)
  try {
    const result = await takeAll({ lake, keys, runId, timing, taken })
    if (result.kind === 'taken') return { kind: 'claimed', held, deadRuns: result.deadRuns }
    await held.release()
    return result
  } catch (error) {
    // What cannot be released expires with the lease, which is no longer renewed.
    await held.release().catch(() => undefined)
    throw error
  }
}

interface Taking {
  readonly lake: Storage
  readonly keys: readonly string[]
  readonly runId: string
  readonly timing: Timing
  /** The epoch of each claim is added here. */
  readonly taken: Map<string, number>
}

type Taken =
  | { readonly kind: 'taken'; readonly deadRuns: readonly string[] }
  | { readonly kind: 'held'; readonly by: Claim }

async function takeAll({ lake, keys, runId, timing, taken }: Taking): Promise<Taken> {
  const newest = await newestEpochs(lake)
  const ended: Epoch[] = []
  const deadRuns = new Set<string>()
  const leases = new Leases(lake, { now: timing.now, watched: (dead) => watchLease(lake, { dead, runId }, timing) })
  // One after another, in the order of the keys: if two runs begin at the same time, one of them
  // gets all.
  for (const key of keys) {
    const current = newest.get(key)
    const holder = current && !current.released ? await readClaim(lake, current, leases) : undefined
    if (holder && isAlive(holder, timing.now())) return { kind: 'held', by: holder }
    if (holder) deadRuns.add(holder.runId)
    const epoch = (current?.epoch ?? 0) + 1
    if ((await lake.putIfAbsent(claimPath(key, epoch), claimText(key, runId), 'process')) === 'exists') {
      const winner = await readClaim(lake, { key, epoch, released: false }, leases)
      return { kind: 'held', by: winner ?? { key, runId: 'unknown', host: 'unknown', pid: 0, expiresAt: '' } }
    }
    taken.set(key, epoch)
    if (current) ended.push(current)
  }
  await severalAtOnce(ended, (epoch) => deleteEpoch(lake, epoch))
  // If claims of a dead run are left over, they count as dead without its lease too.
  await severalAtOnce(deadRuns, (dead) => lake.delete(leasePath(dead)))
  return { kind: 'taken', deadRuns: [...deadRuns] }
}

/** Returns the live claims. */
export async function activeClaims(lake: Storage): Promise<readonly Claim[]> {
  return (await unreleasedClaims(lake)).filter((claim) => isAlive(claim, new Date()))
}

/** Claims that were not released, of runs that can still work and of dead runs. */
export interface OpenClaims {
  /** Includes late runs whose lease has expired: a machine that was asleep continues its run. */
  readonly working: readonly Claim[]
  readonly dead: readonly Claim[]
}

/**
 * Returns all claims that were not released. Counts a run as dead only `lateMs` after the end of
 * its lease.
 */
export async function openClaims(lake: Storage, lateMs = LATE_MS): Promise<OpenClaims> {
  const claims = (await unreleasedClaims(lake)).filter(({ key }) => !isOfScheduler(key))
  const isDead = (claim: Claim) => Date.parse(claim.expiresAt) + lateMs <= Date.now() || hasEnded(claim)
  return { working: claims.filter((claim) => !isDead(claim)), dead: claims.filter(isDead) }
}

const isOfScheduler = (key: string): boolean => key === SCHEDULER_CLAIM || key.startsWith(SCHEDULE_CLAIMS)

async function unreleasedClaims(lake: Storage): Promise<readonly Claim[]> {
  const newest = [...(await newestEpochs(lake)).values()].filter(({ released }) => !released)
  const leases = new Leases(lake, { now: () => new Date() })
  const claims = await Promise.all(newest.map((epoch) => readClaim(lake, epoch, leases)))
  return claims.filter((claim) => claim !== undefined)
}

/**
 * Renews the lease periodically. No run takes claims whose lease was renewed within the watching
 * time. After a longer gap between renewals, only the lake can say whether the claims are still
 * held.
 */
async function renewing(lake: Storage, taken: ReadonlyMap<string, number>, runId: string): Promise<HeldClaims> {
  let sinceSure = stopwatch()
  const renew = async () => {
    const since = stopwatch()
    await renewLease(lake, runId)
    if (sinceSure() < WATCH_MS) sinceSure = since
  }
  let renewal = renew()
  await renewal
  const timer = setInterval(() => {
    renewal = renew()
    // If a renewal failed, the next one repeats it: the lease lasts longer than two intervals.
    renewal.catch(() => undefined)
  }, RENEW_EVERY_MS)
  timer.unref()
  return {
    holds: async (key) => {
      if (sinceSure() < WATCH_MS) return true
      // From now on, a run that watches the lease sees that this run is alive.
      await renewLease(lake, runId)
      return (await newestEpochs(lake, `${key}.`)).get(key)?.epoch === taken.get(key)
    },
    release: async () => {
      clearInterval(timer)
      await renewal.catch(() => undefined)
      await endLease(lake, taken, runId)
    },
  }
}

/**
 * Returns a function that returns the milliseconds since now. It uses two clocks, because one stops
 * while the machine sleeps, and the other can be set.
 */
function stopwatch(): () => number {
  const [date, steady] = [Date.now(), performance.now()]
  return () => Math.max(Date.now() - date, performance.now() - steady)
}

/** Releases the claims first: without its lease, a claim counts as that of a dead run. */
async function endLease(lake: Storage, taken: ReadonlyMap<string, number>, runId: string): Promise<void> {
  await releaseAll(lake, taken)
  await lake.delete(leasePath(runId))
}

async function releaseAll(lake: Storage, taken: ReadonlyMap<string, number>): Promise<void> {
  const newest = taken.size > 0 ? await newestEpochs(lake) : new Map<string, Epoch>()
  await severalAtOnce(taken, async ([key, epoch]) => {
    if (newest.get(key)?.epoch !== epoch) return
    await lake.put(releasePath(key, epoch), '', 'process')
    await lake.delete(claimPath(key, epoch))
  })
}

async function severalAtOnce<Item>(items: Iterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const queue = new PQueue({ concurrency: MAX_AT_ONCE })
  await queue.addAll(Array.from(items, (item) => () => work(item)))
}

const inMs = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString()

const leasePath = (runId: string) => `${LEASES}/${runId}.json`

const renewLease = (lake: Storage, runId: string): Promise<void> =>
  lake.put(leasePath(runId), JSON.stringify({ expiresAt: inMs(LEASE_MS) }), 'process')

interface LeaseReading {
  readonly now: () => Date
  /** Watches the lease of a run that may be dead. Returns whether the run has renewed it. */
  readonly watched?: (runId: string) => Promise<boolean>
}

/** The leases of runs, each read once. */
class Leases {
  readonly #lake: Storage
  readonly #reading: LeaseReading
  readonly #read = new Map<string, Promise<string>>()

  constructor(lake: Storage, reading: LeaseReading) {
    this.#lake = lake
    this.#reading = reading
  }

  /** When the lease of a run ends. A run whose lease is missing or damaged is dead. */
  expiryOf(runId: string): Promise<string> {
    const known = this.#read.get(runId) ?? this.#expiry(runId)
    this.#read.set(runId, known)
    return known
  }

  async #expiry(runId: string): Promise<string> {
    const { now, watched } = this.#reading
    const expiresAt = await leaseEnd(this.#lake, runId)
    if (expiresAt === undefined) return new Date(0).toISOString()
    const endedFor = now().getTime() - Date.parse(expiresAt)
    if (!watched || endedFor < 0 || endedFor > MOST_CLOCK_DIFFERENCE_MS) return expiresAt
    return (await watched(runId)) ? new Date(now().getTime() + LEASE_MS).toISOString() : expiresAt
  }
}

/** Undefined if the lease is missing or damaged. */
async function leaseEnd(lake: Storage, runId: string): Promise<string | undefined> {
  const lease = await readDocument(lake, leasePath(runId), LEASE)
  return lease.kind === 'read' ? lease.value.expiresAt : undefined
}

interface Watched {
  readonly dead: string
  /** The run that watches. */
  readonly runId: string
}

/**
 * Returns whether a run renews its lease within the time in which each live run does so. This takes
 * half a minute, during which the watching run renews its own lease.
 */
async function watchLease(lake: Storage, { dead, runId }: Watched, timing: Timing): Promise<boolean> {
  const before = await leaseEnd(lake, dead)
  for (let waited = 0; waited < WATCH_MS; waited += LOOK_EVERY_MS) {
    await timing.sleep(LOOK_EVERY_MS)
    const after = await leaseEnd(lake, dead)
    if (after !== before) return after !== undefined
  }
  await renewLease(lake, runId)
  return false
}

const claimPath = (key: string, epoch: number) => `${DIRECTORY}/${key}.${String(epoch).padStart(8, '0')}.json`
const releasePath = (key: string, epoch: number) => claimPath(key, epoch).replace(/json$/, 'released')

function claimText(key: string, runId: string): string {
  const expiresAt = inMs(UNLEASED_MS)
  const claimedAt = new Date().toISOString()
  const claim: StoredClaim = { key, runId, host: hostname(), pid: process.pid, expiresAt, leased: true, claimedAt }
  return JSON.stringify(claim)
}

/** The newest epoch of each key; only of files whose names begin with `beginning`. */
async function newestEpochs(lake: Storage, beginning = ''): Promise<ReadonlyMap<string, Epoch>> {
  const newest = new Map<string, Epoch>()
  for (const name of await lake.names(DIRECTORY, '', beginning)) {
    const [, key, digits, state] = /^(\w+)\.(\d{8,15})\.(json|released)$/.exec(name) ?? []
    if (key === undefined) continue
    const epoch = { key, epoch: Number(digits), released: state === 'released' }
    const other = newest.get(key)
    if (!other || epoch.epoch > other.epoch || (epoch.epoch === other.epoch && epoch.released)) newest.set(key, epoch)
  }
  return newest
}

async function deleteEpoch(lake: Storage, { key, epoch }: Epoch): Promise<void> {
  await lake.delete(claimPath(key, epoch))
  await lake.delete(releasePath(key, epoch))
}

async function readClaim(lake: Storage, { key, epoch }: Epoch, leases: Leases): Promise<Claim | undefined> {
  const stored = await readDocument(lake, claimPath(key, epoch), CLAIM)
  // No run can renew a damaged claim, so it must not hold an asset for ever.
  if (stored.kind !== 'read' || stored.value.key !== key) return undefined
  const { leased, ...claim } = stored.value
  return leased && !hasEnded(claim) ? { ...claim, expiresAt: await leases.expiryOf(claim.runId) } : claim
}

/**
 * For a claim of this machine, checks the process too. For another machine, only the lease shows
 * whether the process is alive.
 */
function isAlive(claim: Claim, now: Date): boolean {
  return Date.parse(claim.expiresAt) > now.getTime() && !hasEnded(claim)
}

/** Whether the process was on this machine and no longer exists. */
const hasEnded = ({ host, pid }: Claim): boolean => host === hostname() && !processExists(pid)

function processExists(pid: number): boolean {
  // Signal 0 to process 0 would reach our own process group.
  if (pid === 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
