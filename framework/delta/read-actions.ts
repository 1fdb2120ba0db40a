import type { Actions, AddFile, CommitInfo, Metadata, Protocol, RemoveFile, Txn } from './actions.ts'
import { MalformedLog } from './corrupt-table.ts'
import {
  type Fields,
  isFields,
  nullableTextMap,
  numberField,
  optionalNumber,
  optionalText,
  textField,
  textList,
  textMap,
} from './fields.ts'
import { decodePath } from './file-path.ts'
import { parseSchema } from './schema.ts'
import { rowsOf } from './stats.ts'

/** What lake reads and writes: no column mapping, deletion vectors or other table features. */
export const PROTOCOL: Protocol = { minReaderVersion: 1, minWriterVersion: 2 }

export interface CommitFile extends Actions {
  readonly commitInfo: CommitInfo
  /** Made anew for each attempt to commit, so that a writer knows its own commit. Foreign commits have none. */
  readonly commitId: string | undefined
}

/** The content of `_delta_log/VERSION.json`. Throws MalformedLog, SyntaxError or URIError. Actions that lake does not know are left out. */
export function parseCommit(text: string): CommitFile {
  const rows = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseLine)
  const actions = readActions(rows)
  if (rows.length === 0) throw new MalformedLog('it is empty')
  const info = rows.map((row) => row.commitInfo).find(isFields)
  return {
    ...actions,
    commitInfo: info ? readCommitInfo(info) : guessCommitInfo(actions),
    commitId: info && optionalText(info, 'commitId'),
  }
}

function parseLine(line: string): Fields {
  const row: unknown = JSON.parse(line)
  if (!isFields(row)) throw new MalformedLog(`${line.slice(0, 200)} is not an action`)
  return row
}

/** One action a row, under its name: lines of a commit, or rows of a checkpoint. */
export function readActions(rows: Iterable<Fields>): Actions {
  const adds: AddFile[] = []
  const removes: RemoveFile[] = []
  const transactions: Txn[] = []
  let protocol: Protocol | undefined
  let metadata: Metadata | undefined
  for (const row of rows) {
    if (isFields(row.add)) adds.push(readAdd(row.add))
    else if (isFields(row.remove)) removes.push(readRemove(row.remove))
    else if (isFields(row.txn))
      transactions.push({ appId: textField(row.txn, 'appId'), version: numberField(row.txn, 'version') })
    else if (isFields(row.metaData)) metadata = readMetadata(row.metaData)
    else if (isFields(row.protocol)) protocol = readProtocol(row.protocol)
  }
  return { adds, removes, transactions, ...(protocol && { protocol }), ...(metadata && { metadata }) }
}

function readAdd(add: Fields): AddFile {
  const stats = optionalText(add, 'stats')
  return {
    path: decodePath(textField(add, 'path')),
    partitionValues: readPartitionValues(add),
    size: numberField(add, 'size'),
    modificationTime: numberField(add, 'modificationTime'),
    ...(stats !== undefined && { stats }),
    tags: textMap(add, 'tags'),
  }
}

function readRemove(remove: Fields): RemoveFile {
  const rows = rowsOf(optionalText(remove, 'stats'))
  return {
    path: decodePath(textField(remove, 'path')),
    deletionTimestamp: optionalNumber(remove, 'deletionTimestamp') ?? 0,
    partitionValues: readPartitionValues(remove),
    size: optionalNumber(remove, 'size') ?? 0,
    ...(rows !== undefined && { rows }),
  }
}

/** PROTOCOL.md, "Partition Value Serialization": the empty text is null, whatever the type. */
function readPartitionValues(file: Fields): Readonly<Record<string, string | null>> {
  const values = nullableTextMap(file, 'partitionValues')
  return Object.fromEntries(Object.entries(values).map(([column, value]) => [column, value === '' ? null : value]))
}

function readMetadata(metadata: Fields): Metadata {
  return {
    id: textField(metadata, 'id'),
    columns: parseSchema(textField(metadata, 'schemaString')),
    partitionColumns: textList(metadata, 'partitionColumns'),
    createdTime: optionalNumber(metadata, 'createdTime') ?? 0,
    configuration: textMap(metadata, 'configuration'),
  }
}

function readProtocol(protocol: Fields): Protocol {
  const minReaderVersion = numberField(protocol, 'minReaderVersion')
  const minWriterVersion = numberField(protocol, 'minWriterVersion')
  if (minReaderVersion > PROTOCOL.minReaderVersion || minWriterVersion > PROTOCOL.minWriterVersion) {
    const features = [...textList(protocol, 'readerFeatures'), ...textList(protocol, 'writerFeatures')]
    const named = features.length > 0 ? ` (${[...new Set(features)].join(', ')})` : ''
    throw new MalformedLog(
      `another Delta writer raised it to reader version ${minReaderVersion} and writer version ${minWriterVersion}${named}, and lake reads and writes versions ${PROTOCOL.minReaderVersion} and ${PROTOCOL.minWriterVersion}`,
    )
  }
  return { minReaderVersion, minWriterVersion }
}

function readCommitInfo(info: Fields): CommitInfo {
  const engineInfo = optionalText(info, 'engineInfo')
  return {
    timestamp: optionalNumber(info, 'timestamp') ?? 0,
    operation: optionalText(info, 'operation') ?? 'UNKNOWN',
    ...(engineInfo !== undefined && { engineInfo }),
    ...(info.lake !== undefined && { lake: info.lake }),
  }
}

/** A commit need not say when it was made: its files do. */
function guessCommitInfo({ adds, removes }: Actions): CommitInfo {
  const times = [...adds.map((file) => file.modificationTime), ...removes.map((file) => file.deletionTimestamp)]
  return { timestamp: times.reduce((latest, time) => Math.max(latest, time), 0), operation: 'UNKNOWN' }
}
