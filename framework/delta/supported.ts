/** Whether lake can work with a table that other Delta writers have changed. */
import type { AddFile, Metadata, Protocol } from './actions.ts'

/** What lake writes: no column mapping, deletion vectors or other table features. */
export const PROTOCOL: Protocol = { minReaderVersion: 1, minWriterVersion: 2 }

/** A version of a table, as far as it decides who can read it. */
export interface Readable {
  readonly protocol: Protocol
  readonly metadata: Metadata
  readonly files: ReadonlyMap<string, AddFile>
}

/** Why lake cannot read the version right; undefined where it can. */
export function unreadableBecause({ protocol, metadata, files }: Readable): string | undefined {
  if (!canRead(protocol)) return protocolWords(protocol)
  if (metadata.unreadable !== undefined) return metadata.unreadable
  const marked = [...files.values()].find((file) => file.more?.deletionVector !== undefined)
  return marked && `its data file ${marked.path} has a deletion vector, which lake does not read`
}

/** Reader version 3 stands for its list of features, which may be empty. */
const canRead = ({ minReaderVersion, readerFeatures = [] }: Protocol): boolean =>
  minReaderVersion <= PROTOCOL.minReaderVersion || (minReaderVersion === 3 && readerFeatures.length === 0)

function protocolWords({ minReaderVersion, minWriterVersion, readerFeatures = [], writerFeatures = [] }: Protocol) {
  const features = [...new Set([...readerFeatures, ...writerFeatures])]
  const named = features.length > 0 ? ` (${features.join(', ')})` : ''
  return (
    `another Delta writer raised it to reader version ${minReaderVersion} and writer version ${minWriterVersion}${named}, ` +
    `and lake reads and writes versions ${PROTOCOL.minReaderVersion} and ${PROTOCOL.minWriterVersion}`
  )
}
