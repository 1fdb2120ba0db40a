/** Decides whether lake can read a table that other Delta writers have changed. */
import type { AddFile, Metadata, Protocol } from './actions.ts'

/** The protocol of lake's tables: no column mapping, deletion vectors or other table features. */
export const PROTOCOL: Protocol = { minReaderVersion: 1, minWriterVersion: 2 }

/** The parts of a table's version that decide whether lake can read it. */
export interface Readable {
  readonly protocol: Protocol
  readonly metadata: Metadata
  readonly files: ReadonlyMap<string, AddFile>
}

/** Why lake cannot read the version correctly; undefined if it can. */
export function unreadableBecause({ protocol, metadata, files }: Readable): string | undefined {
  if (!canRead(protocol)) return describeProtocol(protocol)
  if (metadata.unreadable !== undefined) return metadata.unreadable
  const unread = [...files.values()].find((file) => file.more?.deletionVector !== undefined)
  return unread && `its data file ${unread.path} has a deletion vector, which lake does not read`
}

/** Reader version 3 means a list of features, which can be empty. */
const canRead = ({ minReaderVersion, readerFeatures = [] }: Protocol): boolean =>
  minReaderVersion <= PROTOCOL.minReaderVersion || (minReaderVersion === 3 && readerFeatures.length === 0)

function describeProtocol({ minReaderVersion, minWriterVersion, readerFeatures = [], writerFeatures = [] }: Protocol) {
  const features = [...new Set([...readerFeatures, ...writerFeatures])]
  const named = features.length > 0 ? ` (${features.join(', ')})` : ''
  return (
    `another Delta writer raised it to reader version ${minReaderVersion} and writer version ${minWriterVersion}${named}, ` +
    `and lake reads and writes versions ${PROTOCOL.minReaderVersion} and ${PROTOCOL.minWriterVersion}`
  )
}
