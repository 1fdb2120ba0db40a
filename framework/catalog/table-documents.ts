/** Describes the versions and the partitions of a table, with their sizes. */
import type { Snapshot } from '../delta/snapshot.ts'
import { versionDocument } from '../report/tables/asset-document.ts'
import type { StepFinished } from '../run/events.ts'
import { durationOf } from '../run/progress/published-by.ts'
import { tablePartitions } from '../tables/table-partitions.ts'
import type { PartitionsDocument, VersionDocument } from './catalog-document.ts'
import type { KnownVersion, LakeFacts } from './lake-facts.ts'

/** Maximum number of partitions on the page of an asset. */
const MAX_PARTITIONS = 100

/** Bytes of the data files of a version. */
export const bytesOf = ({ files }: Snapshot): number => [...files.values()].reduce((sum, { size }) => sum + size, 0)

/** Returns the versions, oldest first. Pure. */
export function versionDocuments(
  key: string,
  { history, snapshot }: Pick<LakeFacts, 'history' | 'snapshot'>,
  steps: readonly StepFinished[],
): readonly VersionDocument[] {
  const sizes = bytesByVersion(history, snapshot)
  return history.toReversed().map((entry) => {
    const { version, at, operation, runId, engine, rows, rowsAdded, rowsRemoved } = versionDocument(
      key,
      entry,
      entry.provenance,
    )
    return {
      ...{ version, at, operation, runId, engine, rows, rowsAdded, rowsRemoved },
      bytes: sizes.get(version) ?? null,
      durationMs: durationOf({ version, runId }, steps),
    }
  })
}

/**
 * Goes back from the size of the newest version. A commit can have been made between the two
 * readings.
 */
function bytesByVersion(history: readonly KnownVersion[], snapshot: Snapshot | undefined): ReadonlyMap<number, number> {
  const sizes = new Map<number, number>()
  let size = snapshot && snapshot.version === history[0]?.version ? bytesOf(snapshot) : undefined
  for (const { version, bytesAdded, bytesRemoved } of history) {
    if (size === undefined || size < 0) break
    sizes.set(version, size)
    size += bytesRemoved - bytesAdded
  }
  return sizes
}

/** Returns null if the table is not partitioned. Pure. */
export function partitionsDocument(snapshot: Snapshot): PartitionsDocument | null {
  const { partitionColumns: columns } = snapshot.metadata
  if (columns.length === 0) return null
  const all = tablePartitions(snapshot).toReversed()
  return { columns, total: all.length, shown: all.slice(0, MAX_PARTITIONS) }
}
