import { clusterName } from './emr-requests.ts'
import { type EmrAccess, madeSince } from './find-cluster.ts'
import type { Intents } from './intents.ts'

/** What is known of the clusters of runs that were: what they wrote down, and EMR. */
export interface ClusterRecords {
  readonly access: EmrAccess
  readonly intents: Intents
}

/** Clocks of two machines may differ by so much. */
export const SKEW_MS = 10 * 60_000

/** A cluster may come up so long after the call for it was cut off. */
const COMES_WITHIN_MS = 15 * 60_000

export const clusterIntent = (runId: string, nth: number): string => `lake ${runId}/_cluster/${nth}`

/** What an earlier process has made for the run by this number; undefined where it did not even mean to. */
export async function madeByNumber(
  { access, intents }: ClusterRecords,
  runId: string,
  nth: number,
): Promise<readonly string[] | undefined> {
  const intent = clusterIntent(runId, nth)
  const [made, unclear] = await Promise.all([intents.read(`${intent}.id`), intents.read(`${intent}.unclear`)])
  const known = made ? [String(made.clusterId)] : []
  if (made && !unclear) return known
  const meant = await intents.read(intent)
  if (!meant) return made && known
  const named = await madeSince(access, clusterName(runId, nth), new Date(String(meant.at)))
  return [...new Set([...known, ...named])]
}

/**
 * False while a cluster of the run may still come up that nobody has seen: EMR was asked for it, its answer was lost or never waited for, and
 * that was not long ago.
 */
export async function isSettled({ access, intents }: ClusterRecords, runId: string): Promise<boolean> {
  for (let nth = 1; ; nth++) {
    const intent = clusterIntent(runId, nth)
    const meant = await intents.read(intent)
    if (!meant) return true
    const [unclear, answered] = await Promise.all([intents.read(`${intent}.unclear`), isAnswered(intents, intent)])
    if (answered && !unclear) continue
    const askedAt = unclear ? Date.parse(String(unclear.at)) : Date.parse(String(meant.at)) + SKEW_MS
    if (askedAt + COMES_WITHIN_MS > access.patience.clock.now()) return false
  }
}

async function isAnswered(intents: Intents, intent: string): Promise<boolean> {
  const answers = await Promise.all([intents.read(`${intent}.id`), intents.read(`${intent}.refused`)])
  return answers.some((answer) => answer !== undefined)
}

/** The ids of all that earlier processes have made for the run, from this number on. */
export async function madeFrom(records: ClusterRecords, runId: string, nth: number): Promise<readonly string[]> {
  const made = await madeByNumber(records, runId, nth)
  return made ? [...made, ...(await madeFrom(records, runId, nth + 1))] : []
}
