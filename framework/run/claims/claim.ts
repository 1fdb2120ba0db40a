/** The claim of a run on an asset, and whether its run is alive. */
import { hostname } from 'node:os'
import { runStartedAt } from '../run-id.ts'

/** The claim of a scheduler. It builds nothing itself. No asset's key begins with an underscore. */
export const SCHEDULER_CLAIM = '_scheduler'
/** How the key of a scheduler's claim on the ticks of one schedule begins. */
export const SCHEDULE_CLAIMS = '_schedule_'

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

export const isOfScheduler = (key: string): boolean => key === SCHEDULER_CLAIM || key.startsWith(SCHEDULE_CLAIMS)

/**
 * For a claim of this machine, checks the process too. For another machine, only the lease shows
 * whether the process is alive.
 */
export function isAlive(claim: Claim, now: Date): boolean {
  return Date.parse(claim.expiresAt) > now.getTime() && !processEnded(claim)
}

/** Whether the process was on this machine and no longer exists. */
export const processEnded = ({ host, pid }: Claim): boolean => host === hostname() && !processExists(pid)

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
