/** Records in the lake which runs can have running EMR clusters, and which run terminates them. */
import * as z from 'zod'
import type { Storage } from '../../../../storage/storage.ts'
import { type DocumentFormat, readDocument } from '../../../../storage/stored-document.ts'

const DIRECTORY = '_lake/spark/clusters'

interface ClusterOwner {
  /** The run that made the clusters. */
  readonly runId: string
  /** The run that terminates them: the run that made them, or one that adopted them. */
  readonly owner: string
}

/** A run id names a file in the lake, so it must not lead out of the directory. */
const RUN = /^[\w-]{1,100}$/

const OWNER: DocumentFormat<{ readonly holder: string }> = {
  schema: z.object({ holder: z.string().regex(RUN) }),
  mostBytes: 64 * 1024,
}

/**
 * A run is listed from before it requests its first cluster until it has requested the termination
 * of all of them.
 */
export interface ClusterOwners {
  put(owner: ClusterOwner): Promise<void>
  all(): Promise<readonly ClusterOwner[]>
  delete(runId: string): Promise<void>
}

/** One file of the lake for each run. */
export function lakeClusterOwners(lake: Storage): ClusterOwners {
  return {
    put: ({ runId, owner }) => lake.put(ownerPath(runId), JSON.stringify({ holder: owner })),
    all: async () => {
      const runIds = (await lake.names(DIRECTORY)).flatMap((name) => /^(.+)\.json$/.exec(name)?.[1] ?? [])
      const owners = await Promise.all(runIds.filter((id) => RUN.test(id)).map((id) => readOwner(lake, id)))
      return owners.flat()
    },
    delete: (runId) => lake.delete(ownerPath(runId)),
  }
}

async function readOwner(lake: Storage, runId: string): Promise<readonly ClusterOwner[]> {
  const stored = await readDocument(lake, ownerPath(runId), OWNER)
  if (stored.kind === 'absent') return []
  // A damaged file does not say which run adopted the clusters, so the run that made them counts as
  // their owner. If that run is dead, they are terminated.
  return [{ runId, owner: stored.kind === 'read' ? stored.value.holder : runId }]
}

const ownerPath = (runId: string): string => `${DIRECTORY}/${runId}.json`

/** The runs whose clusters these runs own. */
export async function runsOwnedBy(owners: ClusterOwners, runIds: readonly string[]): Promise<readonly string[]> {
  return (await owners.all()).flatMap(({ runId, owner }) => (runIds.includes(owner) ? [runId] : []))
}

/**
 * Makes the run the owner of all clusters that these dead runs own. Returns the runs that made
 * them.
 */
export async function adopt(
  owners: ClusterOwners,
  deadRuns: readonly string[],
  owner: string,
): Promise<readonly string[]> {
  if (deadRuns.length === 0) return []
  const orphaned = await runsOwnedBy(owners, deadRuns)
  for (const runId of orphaned) await owners.put({ runId, owner })
  return orphaned
}
