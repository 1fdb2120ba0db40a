/** The lease of a run, which says until when all of its claims last. */
import * as z from 'zod'
import type { Storage } from '../../storage/storage.ts'
import { type DocumentFormat, readDocument } from '../../storage/stored-document.ts'
import type { Timing } from '../timing.ts'

const LEASES = '_lake/leases'
/** How long the claims of a run last unless its lease is renewed. */
const LEASE_MS = 60_000
export const RENEW_EVERY_MS = 20_000
/**
 * How far the clocks of two hosts can differ. S3 refuses the requests of a clock that is further
 * off.
 */
export const MOST_CLOCK_DIFFERENCE_MS = 15 * 60_000
/**
 * How long a lease that seems to have expired is watched. Within this time a live run would have
 * renewed it.
 */
export const WATCH_MS = RENEW_EVERY_MS + 10_000
const LOOK_EVERY_MS = 5_000

/** Stores when all claims of a run expire, so that a run of ten thousand assets renews one file. */
const LEASE: DocumentFormat<{ readonly expiresAt: string }> = {
  schema: z.object({ expiresAt: z.iso.datetime() }),
  mostBytes: 64 * 1024,
}

export const leasePath = (runId: string) => `${LEASES}/${runId}.json`

export const renewLease = (lake: Storage, runId: string): Promise<void> =>
  lake.put(leasePath(runId), JSON.stringify({ expiresAt: new Date(Date.now() + LEASE_MS).toISOString() }), 'process')

interface LeaseContext {
  readonly now: () => Date
  /** Watches the lease of a run that may be dead. Returns whether the run has renewed it. */
  readonly watched?: (runId: string) => Promise<boolean>
}

/** The leases of runs, each read once. */
export class Leases {
  readonly #lake: Storage
  readonly #reading: LeaseContext
  readonly #read = new Map<string, Promise<string>>()

  constructor(lake: Storage, reading: LeaseContext) {
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
 * Returns whether a run renews its lease within the time in which every live run does. This takes
 * half a minute, during which the watching run renews its own lease.
 */
export async function watchLease(lake: Storage, { dead, runId }: Watched, timing: Timing): Promise<boolean> {
  const before = await leaseEnd(lake, dead)
  for (let waited = 0; waited < WATCH_MS; waited += LOOK_EVERY_MS) {
    await timing.sleep(LOOK_EVERY_MS)
    const after = await leaseEnd(lake, dead)
    if (after !== before) return after !== undefined
  }
  await renewLease(lake, runId)
  return false
}
