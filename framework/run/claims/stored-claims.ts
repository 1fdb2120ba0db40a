/**
 * Reads and writes the files of claims. A claim is the file `KEY.EPOCH.json`. The next holder
 * creates the next epoch with put-if-absent, so only one of several runs gets it. A release is a
 * mark and not a deletion, so that no epoch is used twice.
 */
import { hostname } from 'node:os'
import PQueue from 'p-queue'
import * as z from 'zod'
import type { Storage } from '../../storage/storage.ts'
import { type DocumentFormat, readDocument } from '../../storage/stored-document.ts'
import { runIdSchema } from '../run-id.ts'
import { type Claim, processEnded } from './claim.ts'
import type { Leases } from './leases.ts'

const DIRECTORY = '_lake/claims'
/** How long a claim by a version of lake without leases lasts. */
const UNLEASED_MS = 24 * 60 * 60_000
/** Maximum number of files of claims that a run writes or deletes at once. */
const MAX_AT_ONCE = 32

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

export interface Epoch {
  readonly key: string
  readonly epoch: number
  readonly released: boolean
}

export const claimPath = (key: string, epoch: number) => `${DIRECTORY}/${key}.${String(epoch).padStart(8, '0')}.json`
export const releasePath = (key: string, epoch: number) => claimPath(key, epoch).replace(/json$/, 'released')

export function claimText(key: string, runId: string): string {
  const expiresAt = new Date(Date.now() + UNLEASED_MS).toISOString()
  const claimedAt = new Date().toISOString()
  const claim: StoredClaim = { key, runId, host: hostname(), pid: process.pid, expiresAt, leased: true, claimedAt }
  return JSON.stringify(claim)
}

/** The newest epoch of each key; only of files whose names begin with `beginning`. */
export async function newestEpochs(lake: Storage, beginning = ''): Promise<ReadonlyMap<string, Epoch>> {
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

export async function deleteEpoch(lake: Storage, { key, epoch }: Epoch): Promise<void> {
  await lake.delete(claimPath(key, epoch))
  await lake.delete(releasePath(key, epoch))
}

export async function readClaim(lake: Storage, { key, epoch }: Epoch, leases: Leases): Promise<Claim | undefined> {
  const stored = await readDocument(lake, claimPath(key, epoch), CLAIM)
  // No run can renew a damaged claim, so it must not hold an asset for ever.
  if (stored.kind !== 'read' || stored.value.key !== key) return undefined
  const { leased, ...claim } = stored.value
  return leased && !processEnded(claim) ? { ...claim, expiresAt: await leases.expiryOf(claim.runId) } : claim
}

export async function severalAtOnce<Item>(items: Iterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const queue = new PQueue({ concurrency: MAX_AT_ONCE })
  await queue.addAll(Array.from(items, (item) => () => work(item)))
}
