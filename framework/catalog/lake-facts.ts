/** Reads facts about each asset from the lake that its status does not contain. */
import PQueue from 'p-queue'
import { type HistoryEntry, history } from '../delta/history.ts'
import { readSnapshot, type Snapshot } from '../delta/snapshot.ts'
import { isCorruptTable, LakeError } from '../errors.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import { knownProvenance, type Provenance } from '../observe/provenance.ts'
import type { RunEvent, StepFinished } from '../run/events.ts'
import { finishedSteps } from '../run/progress/published-by.ts'
import { newestRuns, readRun } from '../run/run-log.ts'
import type { Storage } from '../storage/storage.ts'
import { type RefusedLines, refusedLines } from '../tables/refused-lines.ts'

/** A version with its provenance; undefined if another program wrote it. */
export interface KnownVersion extends HistoryEntry {
  readonly provenance: Provenance | undefined
}

export interface LakeFacts {
  /** The last versions, newest first. */
  readonly history: readonly KnownVersion[]
  /** The newest version. Undefined if there is none, or if it cannot be read. */
  readonly snapshot: Snapshot | undefined
  /** Undefined for tables, and for sources that have not been read. */
  readonly refused: RefusedLines | undefined
}

/** Maximum number of assets that are read at the same time. */
const MAX_READS = 32

/**
 * Reads the last `versions` versions of each asset. Leaves out what is damaged, because the status
 * names it.
 */
export async function lakeFacts(
  lake: Storage,
  assets: readonly ResolvedAsset[],
  versions: number,
): Promise<ReadonlyMap<string, LakeFacts>> {
  const queue = new PQueue({ concurrency: MAX_READS })
  const facts = await queue.addAll(
    assets.map(({ key, kind }) => async () => {
      const [entries, snapshot, refused] = await Promise.all([
        unlessDamaged(history(lake, key, versions)),
        unlessDamaged(readSnapshot(lake, key)),
        kind === 'source' ? unlessDamaged(refusedLines(lake, key)) : undefined,
      ])
      const known = (entries ?? []).map((entry) => ({ ...entry, provenance: knownProvenance(entry.commitInfo.lake) }))
      return [key, { history: known, snapshot, refused }] as const
    }),
  )
  return new Map(facts)
}

function unlessDamaged<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  return reading.catch((error) => {
    if (isCorruptTable(error)) return undefined
    throw error
  })
}

/** The log of a run can have been deleted since it was listed. */
function nothingIfUnreadable(error: unknown): readonly RunEvent[] {
  if (error instanceof LakeError) return []
  throw error
}

const MAX_RUNS = 50
/** Maximum number of events that are read. Older runs are then left out. */
const MAX_EVENTS = 20_000

/** Returns the finished steps of the newest runs, by asset key. */
export async function pastSteps(lake: Storage): Promise<ReadonlyMap<string, readonly StepFinished[]>> {
  const steps = new Map<string, StepFinished[]>()
  let events = 0
  for (const id of await newestRuns(lake, MAX_RUNS)) {
    if (events >= MAX_EVENTS) break
    const run = await readRun(lake, id).catch(nothingIfUnreadable)
    events += run.length
    for (const step of finishedSteps(run)) steps.set(step.asset, [...(steps.get(step.asset) ?? []), step])
  }
  return steps
}
