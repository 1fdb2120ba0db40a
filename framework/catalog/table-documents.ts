/** Describes the versions and the partitions of a table, with their sizes. */
import { type AddFile, liveRowsOf } from '../delta/actions.ts'
import type { Snapshot } from '../delta/snapshot.ts'
import { versionDocument } from '../report/tables/asset-document.ts'
import type { StepFinished } from '../run/events.ts'
import type { PartitionDocument, PartitionsDocument, VersionDocument } from './catalog-document.ts'
import type { KnownVersion, LakeFacts } from './lake-facts.ts'

/** Maximum number of partitions on the page of an asset. */
const MAX_PARTITIONS = 100

/** Bytes of the data files of a version. */
export const bytesOf = ({ files }: Snapshot): number => total([...files.values()], ({ size }) => size)

/** Returns the versions, oldest first. Pure. */
export function versionDocuments(
  key: string,
  { history, snapshot }: Pick<LakeFacts, 'history' | 'snapshot'>,
  steps: readonly StepFinished[],
): readonly VersionDocument[] {
  const durations = new Map(
    steps.flatMap(({ outcome, version, durationMs }) => (outcome === 'materialized' ? [[version, durationMs]] : [])),
  )
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
      durationMs: durations.get(version) ?? null,
    }
  })
}

/** Goes back from the size of the newest version. A commit can have come between both reads. */
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
export function partitionsDocument({ metadata, files }: Snapshot): PartitionsDocument | null {
  const { partitionColumns: columns } = metadata
  if (columns.length === 0) return null
  const groups = new Map<string, { readonly values: readonly (string | null)[]; readonly files: AddFile[] }>()
  for (const file of files.values()) {
    const values = columns.map((column) => file.partitionValues[column] ?? null)
    const name = JSON.stringify(values)
    const group = groups.get(name)
    if (group) group.files.push(file)
    else groups.set(name, { values, files: [file] })
  }
  const all = [...groups.values()].toSorted((left, right) => compareValues(right.values, left.values))
  return { columns, total: all.length, shown: all.slice(0, MAX_PARTITIONS).map(partitionDocument) }
}

const partitionDocument = ({ values, files }: { values: PartitionDocument['values']; files: readonly AddFile[] }) => ({
  ...{ values, files: files.length, bytes: total(files, ({ size }) => size) },
  rows: files.some((file) => liveRowsOf(file) === undefined) ? null : total(files, (file) => liveRowsOf(file) ?? 0),
})

/** Orders numbers by their value, also inside of texts. A null comes first. */
function compareValues(left: PartitionDocument['values'], right: PartitionDocument['values']): number {
  for (const [index, value] of left.entries()) {
    const order = COLLATOR.compare(value ?? '', right[index] ?? '')
    if (order !== 0) return order
  }
  return 0
}

const COLLATOR = new Intl.Collator('en', { numeric: true })

const total = <Item>(items: readonly Item[], amount: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + amount(item), 0)
