/** A checkpoint as a Parquet file: the actions of a version, one a row. */
import { COLUMNS, columnShapes, schemaOf, shaped } from './checkpoint-shape.ts'
import type { Fields } from './fields.ts'

const ROWS_IN_GROUP = 100_000

/** The Parquet file that holds these actions, one a row. */
export async function printCheckpoint(actions: readonly Fields[]): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer')
  const columns = [...columnShapes(actions)]
  return new Uint8Array(
    parquetWriteBuffer({
      schema: [
        { name: 'checkpoint', num_children: columns.length },
        ...columns.flatMap(([name, shape]) => schemaOf(name, shape)),
      ],
      columnData: columns.map(([name, shape]) => ({ name, data: actions.map((row) => shaped(row[name], shape)) })),
      rowGroupSize: ROWS_IN_GROUP,
      statistics: false,
    }),
  )
}

/** The actions of a checkpoint by any writer, one a row. Fails in many ways where it is not a Parquet file of the kind. */
export async function parseCheckpoint(body: Uint8Array): Promise<readonly Fields[]> {
  const { parquetMetadata, parquetReadObjects } = await import('hyparquet')
  const file = new Uint8Array(body).buffer
  const metadata = parquetMetadata(file)
  const there = new Set(metadata.schema.map((element) => element.name))
  return parquetReadObjects({ file, metadata, columns: COLUMNS.filter((column) => there.has(column)) })
}
