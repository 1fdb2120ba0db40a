/** Keeps the files of partitions whose rows did not change. */
import type { AddFile } from '../delta/actions.ts'
import { vectorFileOf } from '../delta/vectors/deletion-vector.ts'
import { partitionKey } from '../engine/compaction.ts'
import type { PartitionValues, WrittenFile } from '../engine/data-file.ts'
import { type ResolvedAsset, usesVectors } from '../graph/resolved-asset.ts'
import { sumFingerprints } from '../observe/fingerprint.ts'
import { emptyContent, filesUnlikeLog, fingerprintsOf } from '../tables/file-fingerprints.ts'
import { lostFiles } from '../tables/lost-files.ts'
import { hasSchemaOf, type NewContent } from './publish.ts'
import type { Publisher } from './publisher.ts'

/**
 * The content without the partitions whose rows did not change. These partitions keep their files,
 * unless a file is lost or damaged, or has deleted rows although the asset has deletionVectors off.
 * If the schema has changed, no partition keeps its files.
 */
export async function withoutSamePartitions(publisher: Publisher, content: NewContent): Promise<NewContent> {
  const { asset, base, replaced, written } = content
  if (!hasSchemaOf(base, asset)) return content
  const before = byPartition(replaced)
  const same = new Set<string>()
  const isWritten = ({ deletionVector }: AddFile) => deletionVector !== undefined && !usesVectors(asset)
  const lost = await lostFiles(publisher.lake, asset.key, replaced)
  const isLost = (file: AddFile) => [file.path, vectorFileOf(file) ?? file.path].some((path) => lost.has(path))
  const readable = replaced.filter((file) => !isLost(file))
  const untrue = publisher.distrusting ? await filesUnlikeLog(publisher, asset, readable) : new Set<string>()
  for (const [partition, files] of byPartition(written)) {
    const old = before.get(partition)
    if (!old || old.some((file) => isWritten(file) || isLost(file) || untrue.has(file.path))) continue
    if (await sameRows(publisher, asset, { old, files })) same.add(partition)
  }
  const differs = ({ partitionValues }: Partitioned) => !same.has(partitionKey(partitionValues))
  return { ...content, written: written.filter(differs), replaced: replaced.filter(differs) }
}

interface PartitionFiles {
  readonly old: readonly AddFile[]
  readonly files: readonly WrittenFile[]
}

async function sameRows(publisher: Publisher, asset: ResolvedAsset, { old, files }: PartitionFiles): Promise<boolean> {
  const [first] = files
  if (!first) return false
  const empty = emptyContent(asset, first.fingerprint.algorithm)
  const after = sumFingerprints(
    empty,
    files.map(({ fingerprint }) => fingerprint),
  )
  const before = sumFingerprints(
    empty,
    await fingerprintsOf(publisher, asset, { files: old, algorithm: empty.algorithm }),
  )
  if (!after || !before || after.rows !== before.rows) return false
  return Object.entries(after.columns).every(([name, sum]) => before.columns[name] === sum)
}

interface Partitioned {
  readonly partitionValues: PartitionValues
}

function byPartition<File extends Partitioned>(files: readonly File[]): ReadonlyMap<string, readonly File[]> {
  const partitions = new Map<string, File[]>()
  for (const file of files) {
    const key = partitionKey(file.partitionValues)
    const others = partitions.get(key)
    if (others) others.push(file)
    else partitions.set(key, [file])
  }
  return partitions
}
