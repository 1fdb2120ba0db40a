import type { SchemaElement } from 'hyparquet'
import { type Fields, isFields } from './fields.ts'

// PROTOCOL.md, "Checkpoint Schema". Every field is optional, as Spark writes it; one of the five columns is set in each row.
const CHECKPOINT_SCHEMA: readonly SchemaElement[] = [
  { name: 'checkpoint', num_children: 5 },
  ...group('txn', text('appId'), long('version'), long('lastUpdated')),
  ...group(
    'add',
    text('path'),
    textMap('partitionValues'),
    long('size'),
    long('modificationTime'),
    boolean('dataChange'),
    textMap('tags'),
    text('stats'),
  ),
  ...group(
    'remove',
    text('path'),
    long('deletionTimestamp'),
    boolean('dataChange'),
    boolean('extendedFileMetadata'),
    textMap('partitionValues'),
    long('size'),
  ),
  ...group(
    'metaData',
    text('id'),
    text('name'),
    text('description'),
    group('format', text('provider'), textMap('options')),
    text('schemaString'),
    textList('partitionColumns'),
    textMap('configuration'),
    long('createdTime'),
  ),
  ...group('protocol', int('minReaderVersion'), int('minWriterVersion')),
]

const COLUMNS = ['txn', 'add', 'remove', 'metaData', 'protocol'] as const
const ROWS_IN_GROUP = 100_000

function group(name: string, ...children: readonly (readonly SchemaElement[])[]): readonly SchemaElement[] {
  return [{ name, repetition_type: 'OPTIONAL', num_children: children.length }, ...children.flat()]
}

function text(name: string): readonly SchemaElement[] {
  return [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }]
}

function long(name: string): readonly SchemaElement[] {
  return [{ name, type: 'INT64', repetition_type: 'OPTIONAL' }]
}

function int(name: string): readonly SchemaElement[] {
  return [{ name, type: 'INT32', repetition_type: 'OPTIONAL' }]
}

function boolean(name: string): readonly SchemaElement[] {
  return [{ name, type: 'BOOLEAN', repetition_type: 'OPTIONAL' }]
}

function textMap(name: string): readonly SchemaElement[] {
  return [
    { name, converted_type: 'MAP', repetition_type: 'OPTIONAL', num_children: 1 },
    { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
    { name: 'key', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
    ...text('value'),
  ]
}

function textList(name: string): readonly SchemaElement[] {
  return [
    { name, converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...text('element'),
  ]
}

/** The Parquet file that holds these actions, one a row. */
export async function printCheckpoint(actions: readonly Fields[]): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer')
  const rows = actions.map(withLongs)
  return new Uint8Array(
    parquetWriteBuffer({
      schema: [...CHECKPOINT_SCHEMA],
      columnData: COLUMNS.map((name) => ({ name, data: rows.map((row) => row[name]) })),
      rowGroupSize: ROWS_IN_GROUP,
      statistics: false,
    }),
  )
}

const LONGS: ReadonlySet<string> = new Set([
  'size',
  'modificationTime',
  'deletionTimestamp',
  'createdTime',
  'lastUpdated',
])

/** Parquet's 64-bit columns take bigint. */
function withLongs(row: Fields): Fields {
  const columns = Object.entries(row).map(([column, fields]) => [
    column,
    isFields(fields) ? longs(column, fields) : fields,
  ])
  return Object.fromEntries(columns)
}

function longs(column: string, fields: Fields): Fields {
  const isLong = (name: string) => LONGS.has(name) || (column === 'txn' && name === 'version')
  const entries = Object.entries(fields).map(([name, value]) => [name, isLong(name) ? BigInt(Number(value)) : value])
  return Object.fromEntries(entries)
}

/** The actions of a checkpoint by any writer, one a row. Fails in many ways where it is not a Parquet file of the kind. */
export async function parseCheckpoint(body: Uint8Array): Promise<readonly Fields[]> {
  const { parquetMetadata, parquetReadObjects } = await import('hyparquet')
  const file = new Uint8Array(body).buffer
  const metadata = parquetMetadata(file)
  const there = new Set(metadata.schema.map((element) => element.name))
  return parquetReadObjects({ file, metadata, columns: COLUMNS.filter((column) => there.has(column)) })
}
