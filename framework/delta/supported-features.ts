/** Decides whether lake can read a table, and raises and lowers the protocol of its own tables. */
import type { AddFile, Metadata, Protocol } from './actions.ts'

/** The protocol of tables without deletion vectors: no column mapping or other table features. */
export const PROTOCOL: Protocol = { minReaderVersion: 1, minWriterVersion: 2 }

const VECTORS = 'deletionVectors'
/** The property that lets other writers make deletion vectors too. */
const VECTORS_PROPERTY = 'delta.enableDeletionVectors'
/**
 * The features that a writer version below 7 has without naming them, and the first version that
 * has each (PROTOCOL.md, "Valid Feature Names").
 */
const UNNAMED: readonly (readonly [feature: string, since: number])[] = [
  ['appendOnly', 2],
  ['invariants', 2],
  ['checkConstraints', 3],
  ['changeDataFeed', 4],
  ['generatedColumns', 4],
  ['columnMapping', 5],
  ['identityColumns', 6],
]
const unnamedIn = (writerVersion: number): readonly string[] =>
  UNNAMED.flatMap(([feature, since]) => (since <= writerVersion ? feature : []))

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
  const elsewhere = [...files.values()].find(({ deletionVector }) => deletionVector?.storageType === 'p')
  return (
    elsewhere &&
    `the deletion vector of its data file ${elsewhere.path} is at an absolute path, where lake does not read`
  )
}

/** Reader version 3 means a list of features, which can be empty. */
const canRead = ({ minReaderVersion, readerFeatures = [] }: Protocol): boolean =>
  minReaderVersion <= PROTOCOL.minReaderVersion ||
  (minReaderVersion === 3 && readerFeatures.every((feature) => feature === VECTORS))

function describeProtocol({ minReaderVersion, minWriterVersion, readerFeatures = [], writerFeatures = [] }: Protocol) {
  const features = [...new Set([...readerFeatures, ...writerFeatures])]
  const named = features.length > 0 ? ` (${features.join(', ')})` : ''
  return (
    `another Delta writer raised it to reader version ${minReaderVersion} and writer version ${minWriterVersion}${named}, ` +
    `and lake reads and writes versions ${PROTOCOL.minReaderVersion} and ${PROTOCOL.minWriterVersion}`
  )
}

/** The protocol and the properties of a table. */
export interface TableFeatures {
  readonly protocol: Protocol
  readonly configuration: Metadata['configuration']
}

/** Whether the table's files may have deletion vectors. */
export const hasVectors = ({ readerFeatures = [] }: Protocol): boolean => readerFeatures.includes(VECTORS)

/**
 * The features of a table once deletion vectors are allowed or no longer allowed. A table without
 * other features gets the oldest protocol that is sufficient.
 */
export function withVectors({ protocol, configuration }: TableFeatures, wanted: boolean): TableFeatures {
  const { [VECTORS_PROPERTY]: _, ...others } = configuration
  if (wanted) return { protocol: raised(protocol), configuration: { ...others, [VECTORS_PROPERTY]: 'true' } }
  return hasVectors(protocol) ? { protocol: lowered(protocol), configuration: others } : { protocol, configuration }
}

function raised(protocol: Protocol): Protocol {
  const { minReaderVersion, minWriterVersion, readerFeatures = [], writerFeatures = [], ...others } = protocol
  if (hasVectors(protocol)) return protocol
  const named = minWriterVersion >= 7 ? writerFeatures : unnamedIn(minWriterVersion)
  return {
    ...{ minReaderVersion: 3, minWriterVersion: 7, readerFeatures: [...readerFeatures, VECTORS] },
    ...{ writerFeatures: [VECTORS, ...named.filter((feature) => feature !== VECTORS)], ...others },
  }
}

function lowered({ readerFeatures = [], writerFeatures = [], ...others }: Protocol): Protocol {
  const [readers, writers] = [readerFeatures, writerFeatures].map((some) => some.filter((name) => name !== VECTORS))
  const unnamed = unnamedIn(PROTOCOL.minWriterVersion)
  if (readers?.length === 0 && writers?.every((name) => unnamed.includes(name))) return { ...others, ...PROTOCOL }
  return { ...others, readerFeatures: readers ?? [], writerFeatures: writers ?? [] }
}
