/** Parses the actions of commits and checkpoints. */
import type { Actions, AddFile, CommitInfo, DomainMetadata, Metadata, Protocol, RemoveFile, Txn } from '../actions.ts'
import { MalformedLog } from '../corrupt-table.ts'
import {
  type Fields,
  isFields,
  moreFields,
  nullableTextMap,
  numberField,
  optionalNumber,
  optionalText,
  textField,
  textList,
  textMap,
} from '../fields.ts'
import { decodePath } from '../file-path.ts'
import { parseSchema, printSchema } from '../schema.ts'
import { rowsOf } from '../stats.ts'
import { readVector } from '../vectors/deletion-vector.ts'

export interface CommitFile extends Actions {
  readonly commitInfo: CommitInfo
  /**
   * A new id for each attempt to commit, so that a writer recognizes its own commit. Undefined in
   * commits of other writers.
   */
  readonly commitId: string | undefined
}

/**
 * Parses the content of `_delta_log/VERSION.json`. Leaves out actions that lake does not know.
 * Throws MalformedLog, SyntaxError or URIError.
 */
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

/**
 * Parses the lines of a commit or the rows of a checkpoint. Each has one action, under the action's
 * name.
 */
export function readActions(rows: Iterable<Fields>): Actions {
  const adds: AddFile[] = []
  const removes: RemoveFile[] = []
  const transactions: Txn[] = []
  const domains: DomainMetadata[] = []
  let protocol: Protocol | undefined
  let metadata: Metadata | undefined
  for (const row of rows) {
    if (isFields(row.add)) adds.push(readAdd(row.add))
    else if (isFields(row.remove)) removes.push(readRemove(row.remove))
    else if (isFields(row.txn)) transactions.push(readTxn(row.txn))
    else if (isFields(row.domainMetadata)) domains.push(readDomain(row.domainMetadata))
    else if (isFields(row.metaData)) metadata = readMetadata(row.metaData)
    else if (isFields(row.protocol)) protocol = readProtocol(row.protocol)
  }
  return {
    ...{ adds, removes, transactions },
    ...(domains.length > 0 && { domains }),
    ...(protocol && { protocol }),
    ...(metadata && { metadata }),
  }
}

/**
 * Known fields. `stats_parsed` and `partitionValues_parsed` of Spark's checkpoints repeat `stats`
 * and `partitionValues`.
 */
const ADD = new Set([
  ...['path', 'partitionValues', 'size', 'modificationTime', 'dataChange', 'stats', 'tags'],
  ...['stats_parsed', 'partitionValues_parsed', 'deletionVector'],
])

function readAdd(add: Fields): AddFile {
  const stats = optionalText(add, 'stats')
  return {
    path: decodePath(textField(add, 'path')),
    partitionValues: readPartitionValues(add),
    size: numberField(add, 'size'),
    modificationTime: numberField(add, 'modificationTime'),
    ...(stats !== undefined && { stats }),
    tags: textMap(add, 'tags'),
    ...vectorOf(add),
    ...moreFields(add, ADD),
  }
}

const REMOVE = new Set([
  ...['path', 'deletionTimestamp', 'partitionValues', 'size', 'dataChange', 'stats', 'extendedFileMetadata'],
  'deletionVector',
])

function readRemove(remove: Fields): RemoveFile {
  const rows = rowsOf(optionalText(remove, 'stats'))
  return {
    path: decodePath(textField(remove, 'path')),
    deletionTimestamp: optionalNumber(remove, 'deletionTimestamp') ?? 0,
    partitionValues: readPartitionValues(remove),
    size: optionalNumber(remove, 'size') ?? 0,
    ...(rows !== undefined && { rows }),
    ...vectorOf(remove),
    ...moreFields(remove, REMOVE),
  }
}

function vectorOf({ deletionVector }: Fields): Pick<AddFile, 'deletionVector'> {
  return isFields(deletionVector) ? { deletionVector: readVector(deletionVector) } : {}
}

const TXN = new Set(['appId', 'version'])

function readTxn(txn: Fields): Txn {
  return { appId: textField(txn, 'appId'), version: numberField(txn, 'version'), ...moreFields(txn, TXN) }
}

const DOMAIN = new Set(['domain', 'removed'])

function readDomain(fields: Fields): DomainMetadata {
  return { domain: textField(fields, 'domain'), removed: fields.removed === true, ...moreFields(fields, DOMAIN) }
}

/** Reads empty text as null, for every type (PROTOCOL.md, "Partition Value Serialization"). */
function readPartitionValues(file: Fields): Readonly<Record<string, string | null>> {
  const values = nullableTextMap(file, 'partitionValues')
  return Object.fromEntries(Object.entries(values).map(([column, value]) => [column, value === '' ? null : value]))
}

const METADATA = new Set(['id', 'schemaString', 'partitionColumns', 'createdTime', 'configuration'])

function readMetadata(metadata: Fields): Metadata {
  const schemaString = textField(metadata, 'schemaString')
  return {
    id: textField(metadata, 'id'),
    ...readSchema(schemaString),
    partitionColumns: textList(metadata, 'partitionColumns'),
    createdTime: optionalNumber(metadata, 'createdTime') ?? 0,
    configuration: textMap(metadata, 'configuration'),
    ...withoutDefaultFormat(moreFields(metadata, METADATA)),
  }
}

/**
 * Does not throw for a schema that lake cannot use, since a later version of the table can have
 * another schema.
 */
function readSchema(schemaString: string): Pick<Metadata, 'columns' | 'schemaString' | 'unreadable'> {
  try {
    const columns = parseSchema(schemaString)
    return printSchema(columns) === schemaString ? { columns } : { columns, schemaString }
  } catch (error) {
    if (!(error instanceof MalformedLog)) throw error
    return { columns: [], schemaString, unreadable: error.message }
  }
}

/** Leaves out `format` if it is the one that lake writes anyway. */
function withoutDefaultFormat({ more }: Pick<Metadata, 'more'>): Pick<Metadata, 'more'> {
  if (!more) return {}
  const { format, ...others } = more
  const isDefault = isFields(format) && format.provider === 'parquet' && Object.keys(format.options ?? {}).length === 0
  const kept = isDefault ? others : more
  return Object.keys(kept).length === 0 ? {} : { more: kept }
}

const PROTOCOL_FIELDS = new Set(['minReaderVersion', 'minWriterVersion', 'readerFeatures', 'writerFeatures'])

function readProtocol(protocol: Fields): Protocol {
  const [readerFeatures, writerFeatures] = [textList(protocol, 'readerFeatures'), textList(protocol, 'writerFeatures')]
  const [minReaderVersion, minWriterVersion] = [
    numberField(protocol, 'minReaderVersion'),
    numberField(protocol, 'minWriterVersion'),
  ]
  return {
    ...{ minReaderVersion, minWriterVersion },
    // PROTOCOL.md: from these versions on, the list exists, though it can be empty.
    ...(minReaderVersion >= 3 && { readerFeatures }),
    ...(minWriterVersion >= 7 && { writerFeatures }),
    ...moreFields(protocol, PROTOCOL_FIELDS),
  }
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

/** Makes up the commit info of a commit that has none. The time comes from its files. */
function guessCommitInfo({ adds, removes }: Actions): CommitInfo {
  const times = [...adds.map((file) => file.modificationTime), ...removes.map((file) => file.deletionTimestamp)]
  return { timestamp: times.reduce((latest, time) => Math.max(latest, time), 0), operation: 'UNKNOWN' }
}
