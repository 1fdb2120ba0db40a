/** Claims assets for a run, so that two runs never build one asset at the same time. */
import { hostname } from 'node:os'
import * as z from 'zod'
import type { Storage } from '../storage/storage.ts'
import { type DocumentFormat, readDocument } from '../storage/stored-document.ts'
import { runIdSchema } from './run-id.ts'

const DIRECTORY = '_lake/claims'
/** How long a claim lasts unless it is renewed. */
const LEASE_MS = 60_000
const RENEW_EVERY_MS = 20_000
/** The claim of a scheduler. It builds nothing itself. No asset's key begins with an underscore. */
export const SCHEDULER_CLAIM = '_scheduler'
/** How long after the end of its lease a run counts as late rather than dead. */
const LATE_MS = 60 * 60_000

/** The run that builds an asset, and when its lease expires unless it is renewed. */
export interface Claim {
  readonly key: string
  readonly runId: string
  readonly host: string
  readonly pid: number
  readonly expiresAt: string
}

const CLAIM: DocumentFormat<Claim> = {
  schema: z.object({
    key: z.string(),
    runId: runIdSchema,
    // People see the host, so it contains no control characters.
    host: z.string().regex(/^[^\p{Cc}]{0,255}$/u),
    pid: z.int().min(0),
    expiresAt: z.iso.datetime(),
  }),
  mostBytes: 64 * 1024,
}

/**
 * The claims of a run. A claim is the file `KEY.EPOCH.json`. The next holder creates the next epoch
 * with put-if-absent, so that one of any number of takers wins. A release is a mark and not a
 * deletion, so that no epoch is used twice. If a claim is lost anyway, the commit still lets only
 * one of two writers publish.
 */
export interface HeldClaims {
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
 * whose claims it took.
 */
export async function claimAssets(lake: Storage, keys: readonly string[], runId: string): Promise<ClaimResult> {
  const newest = await newestEpochs(lake)
  const taken = new Map<string, number>()
  const deadRuns = new Set<string>()
  for (const key of keys) {
    const current = newest.get(key)
    const holder = current && !current.released ? await readClaim(lake, current) : undefined
    if (holder && isAlive(holder)) {
      await releaseAll(lake, taken)
      return { kind: 'held', by: holder }
    }
    if (holder) deadRuns.add(holder.runId)
    const epoch = (current?.epoch ?? 0) + 1
    if ((await lake.putIfAbsent(claimPath(key, epoch), claimText(key, runId))) === 'exists') {
      await releaseAll(lake, taken)
      const winner = await readClaim(lake, { key, epoch, released: false })
      return { kind: 'held', by: winner ?? { key, runId: 'unknown', host: 'unknown', pid: 0, expiresAt: '' } }
    }
    taken.set(key, epoch)
    if (current) await deleteEpoch(lake, current)
  }
  return { kind: 'claimed', held: renewing(lake, taken, runId), deadRuns: [...deadRuns] }
}

/** Returns the live claims. */
export async function activeClaims(lake: Storage): Promise<readonly Claim[]> {
  return (await unreleasedClaims(lake)).filter(isAlive)
}

/** Claims that were not released, of runs that can still work and of dead runs. */
export interface OpenClaims {
  /**
   * Includes late runs whose lease has ended: a machine that was asleep goes on where it stopped.
   */
  readonly working: readonly Claim[]
  readonly dead: readonly Claim[]
}

/**
 * Returns all claims of runs that were not released. Counts a run as dead only `lateMs` after the
 * end of its lease.
 */
export async function openClaims(lake: Storage, lateMs = LATE_MS): Promise<OpenClaims> {
  const claims = (await unreleasedClaims(lake)).filter(({ key }) => key !== SCHEDULER_CLAIM)
  const isDead = (claim: Claim) =>
    Date.parse(claim.expiresAt) + lateMs <= Date.now() || (claim.host === hostname() && !processExists(claim.pid))
  return { working: claims.filter((claim) => !isDead(claim)), dead: claims.filter(isDead) }
}

async function unreleasedClaims(lake: Storage): Promise<readonly Claim[]> {
  const newest = [...(await newestEpochs(lake)).values()].filter(({ released }) => !released)
  const claims = await Promise.all(newest.map((epoch) => readClaim(lake, epoch)))
  return claims.filter((claim) => claim !== undefined)
}

function renewing(lake: Storage, taken: ReadonlyMap<string, number>, runId: string): HeldClaims {
  let renewal: Promise<unknown> = Promise.resolve()
  const renew = () => {
    renewal = Promise.all(
      [...taken].map(([key, epoch]) => renewClaim(lake, claimPath(key, epoch), claimText(key, runId))),
    )
    // The next renewal repeats one that failed: the lease lasts longer than two intervals.
    renewal.catch(() => undefined)
  }
  const timer = setInterval(renew, RENEW_EVERY_MS)
  timer.unref()
  return {
    release: async () => {
      clearInterval(timer)
      await renewal.catch(() => undefined)
      await releaseAll(lake, taken)
    },
  }
}

/** Does not restore a claim that another run has taken and deleted. */
async function renewClaim(lake: Storage, path: string, text: string): Promise<void> {
  if (await lake.read(path)) await lake.put(path, text)
}

async function releaseAll(lake: Storage, taken: ReadonlyMap<string, number>): Promise<void> {
  const newest = taken.size > 0 ? await newestEpochs(lake) : new Map<string, Epoch>()
  for (const [key, epoch] of taken) {
    if (newest.get(key)?.epoch !== epoch) continue
    await lake.put(releasePath(key, epoch), '')
    await lake.delete(claimPath(key, epoch))
  }
}

const claimPath = (key: string, epoch: number) => `${DIRECTORY}/${key}.${String(epoch).padStart(8, '0')}.json`
const releasePath = (key: string, epoch: number) => claimPath(key, epoch).replace(/json$/, 'released')

function claimText(key: string, runId: string): string {
  const expiresAt = new Date(Date.now() + LEASE_MS).toISOString()
  return JSON.stringify({ key, runId, host: hostname(), pid: process.pid, expiresAt } satisfies Claim)
}

async function newestEpochs(lake: Storage): Promise<ReadonlyMap<string, Epoch>> {
  const newest = new Map<string, Epoch>()
  for (const name of await lake.names(DIRECTORY)) {
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

async function readClaim(lake: Storage, { key, epoch }: Epoch): Promise<Claim | undefined> {
  const claim = await readDocument(lake, claimPath(key, epoch), CLAIM)
  // No run can renew a damaged claim, so it must not hold an asset for ever.
  return claim.kind === 'read' && claim.value.key === key ? claim.value : undefined
}

/**
 * Checks the process too if it is on this machine. Only the lease shows whether a process of
 * another machine lives.
 */
function isAlive(claim: Claim): boolean {
  if (Date.parse(claim.expiresAt) <= Date.now()) return false
  return claim.host !== hostname() || processExists(claim.pid)
}

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
