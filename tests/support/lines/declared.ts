/** Columns of sources as their declarations give them. */
import {
  bigint,
  type ColumnSchemas,
  double,
  emptyAsNull,
  int,
  resolveColumn,
  text,
} from '../../../framework/declare/columns.ts'
import { type LineColumn, lineColumns } from '../../../framework/ingest/lines/line-columns.ts'

export function lineColumnsOf(schemas: ColumnSchemas): readonly LineColumn[] {
  const columns = Object.entries(schemas).map(([name, schema]) => {
    const column = resolveColumn(name, schema)
    if (!column) throw new Error(`${name} is not a column`)
    return column
  })
  return lineColumns(columns)
}

const optional = text().nullable()

export const songColumns = lineColumnsOf({
  song_id: text(),
  title: text(),
  artist_id: text(),
  artist_name: text(),
  artist_location: emptyAsNull(),
  artist_latitude: double().nullable(),
  artist_longitude: double().nullable(),
  year: int(),
  duration: double(),
  num_songs: int().nullable(),
})

export const logColumns = lineColumnsOf({
  ts: bigint().min(-62_135_596_800_000n).max(253_402_300_799_999n),
  page: text(),
  userId: text(),
  firstName: optional,
  lastName: optional,
  gender: optional,
  location: optional,
  userAgent: optional,
  registration: double().nullable(),
  level: text(),
  sessionId: bigint(),
  itemInSession: bigint(),
  song: optional,
  artist: optional,
  length: double().nullable(),
  auth: optional,
  method: optional,
  status: int().nullable(),
})
