/** Encodes and decodes checkpoints as Parquet files: the actions of a version, one per row. */
import type { FileMetaData } from 'hyparquet'
import type { Fields } from '../fields.ts'
import { COLUMNS, columnShapes, schemaOf, shaped } from './checkpoint-shape.ts'

/** A reader holds the rows of one group at a time. */
const ROWS_IN_GROUP = 20_000

/** The columns that are read. Sidecars are only in checkpoints of other writers. */
const READ = [...COLUMNS, 'sidecar']

/** The content of a Parquet file with these actions, one per row. */
export async function printCheckpoint(actions: readonly Fields[]): Promise<Uint8Array> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer')
  const columns = [...columnShapes(actions)]
  const root = { name: 'checkpoint', num_children: columns.length }
  const schema = [root, ...columns.flatMap(([name, shape]) => schemaOf(name, shape))]
  const writer = new ByteWriter()
  const parquet = new ParquetWriter({ writer, schema, statistics: false })
  for (let from = 0; from < actions.length; from += ROWS_IN_GROUP) {
    const group = actions.slice(from, from + ROWS_IN_GROUP)
    const columnData = columns.map(([name, shape]) => ({ name, data: group.map((row) => shaped(row[name], shape)) }))
    await parquet.write({ columnData, rowGroupSize: ROWS_IN_GROUP })
  }
  await parquet.finish()
  return new Uint8Array(writer.getBuffer())
}

/** Maximum size of the decoded parts of a checkpoint together, since they are held in memory. */
export interface CheckpointLimits {
  readonly rows: number
  /** Number of values in one column. Lists and maps have several per row. */
  readonly values: number
  /** Uncompressed size of the columns that lake reads. */
  readonly bytes: number
}

export const CHECKPOINT_LIMITS: CheckpointLimits = { rows: 2_000_000, values: 20_000_000, bytes: 1024 ** 3 }

/** A part of a checkpoint before it is decoded. */
export interface CheckpointPart {
  /** The size that its footer states. A damaged footer can state too little. */
  readonly size: CheckpointLimits
  /** Decodes the rows of one row group after another. */
  groups(): AsyncGenerator<readonly Fields[]>
}

/**
 * Reads only the footer of a checkpoint's part, by any writer. Throws errors of any kind, as
 * `groups` does, if it is not such a Parquet file.
 */
export async function openCheckpoint(body: Uint8Array): Promise<CheckpointPart> {
  const { parquetMetadata, parquetReadObjects } = await import('hyparquet')
  const file = new Uint8Array(body).buffer
  const metadata = parquetMetadata(file)
  const present = new Set(metadata.schema.map((element) => element.name))
  const columns = READ.filter((column) => present.has(column))
  return {
    size: sizeIn(metadata, new Set(columns)),
    async *groups() {
      let rowStart = 0
      for (const { num_rows } of metadata.row_groups) {
        const rowEnd = rowStart + Number(num_rows)
        yield await parquetReadObjects({ file, metadata, columns, rowStart, rowEnd })
        rowStart = rowEnd
      }
    },
  }
}

/** Opens a checkpoint's part that has one action per line, as JSON. */
export function openJsonCheckpoint(body: Uint8Array): CheckpointPart {
  const lines = Buffer.from(body)
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '')
  return {
    size: { rows: lines.length, values: lines.length, bytes: body.length },
    async *groups() {
      yield lines.map((line) => JSON.parse(line))
    },
  }
}

function sizeIn({ num_rows, row_groups }: FileMetaData, columns: ReadonlySet<string>): CheckpointLimits {
  let bytes = 0
  const values = new Map<string, number>()
  for (const { meta_data } of row_groups.flatMap((group) => group.columns)) {
    if (!meta_data || !columns.has(meta_data.path_in_schema[0] ?? '')) continue
    const name = meta_data.path_in_schema.join('.')
    bytes += Number(meta_data.total_uncompressed_size)
    values.set(name, (values.get(name) ?? 0) + Number(meta_data.num_values))
  }
  const groupRows = row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
  return { rows: Math.max(Number(num_rows), groupRows), values: Math.max(0, ...values.values()), bytes }
}
