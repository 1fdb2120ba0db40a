/** Writes rows of a table as an Arrow IPC stream, with the library that the project installed. */
import type { RecordBatch, Schema } from 'apache-arrow'
import type { Column } from '../../declare/columns.ts'
import { LakeError, messageOf } from '../../errors.ts'
import type { FoundRows } from '../files/read-files.ts'
import { arrowData } from './arrow-data.ts'
import { type ArrowLibrary, arrowField, arrowStruct } from './arrow-types.ts'

export type ArrowBatch = RecordBatch

/** Makes batches of rows, and in the end a stream of the batches. */
export interface ArrowStream {
  /** Throws UnexpectedNull. */
  batch(rows: FoundRows): ArrowBatch
  bytes(batches: readonly ArrowBatch[]): Uint8Array
}

/** Throws `usage` if the library is not installed. */
export async function openArrow(columns: readonly Column[]): Promise<ArrowStream> {
  const arrow = await loadArrow()
  const schema: Schema = new arrow.Schema(columns.map((column) => arrowField(arrow, column)))
  return {
    batch: ({ count, columns: values }) => {
      const children = columns.map((column, at) => arrowData(arrow, column, values[at] ?? []))
      const data = arrow.makeData({ type: arrowStruct(arrow, columns), length: count, nullCount: 0, children })
      return new arrow.RecordBatch(schema, data)
    },
    bytes: (batches) => arrow.tableToIPC(new arrow.Table(schema, [...batches]), 'stream'),
  }
}

async function loadArrow(): Promise<ArrowLibrary> {
  try {
    return await import('apache-arrow')
  } catch (cause) {
    const isMissing = (cause as { readonly code?: unknown }).code === 'ERR_MODULE_NOT_FOUND'
    throw new LakeError('usage', {
      problem: `arrow() needs the package apache-arrow, which ${isMissing ? 'is not installed' : `cannot be loaded: ${messageOf(cause)}`}`,
      remedy: 'Run `npm install apache-arrow`.',
      cause,
    })
  }
}
