import { clusterName } from './emr-requests.ts'
import { type EmrAccess, madeSince } from './find-cluster.ts'
import type { Intents } from './intents.ts'

/** What is known of the clusters of runs that were: what they wrote down, and EMR. */
export interface ClusterRecords {
  readonly access: EmrAccess
  readonly intents: Intents
}

export const clusterIntent = (runId: string, nth: number): string => `lake ${runId}/_cluster/${nth}`

/** What an earlier process has made for the run by this number; undefined where it did not even mean to. */
export async function madeByNumber(
  { access, intents }: ClusterRecords,
  runId: string,
  nth: number,
): Promise<readonly string[] | undefined> {
  const made = await intents.read(`${clusterIntent(runId, nth)}.id`)
  if (made) return [String(made.clusterId)]
  const meant = await intents.read(clusterIntent(runId, nth))
  return meant && madeSince(access, clusterName(runId, nth), new Date(String(meant.at)))
}

/** The ids of all that earlier processes have made for the run, from this number on. */
export async function madeFrom(records: ClusterRecords, runId: string, nth: number): Promise<readonly string[]> {
  const made = await madeByNumber(records, runId, nth)
  return made ? [...made, ...(await madeFrom(records, runId, nth + 1))] : []
}
