// A local time in a Parquet file is the same moment as the same local time in a line of JSON.
import { timestamp } from 'lake'
import { describe, expect, it } from 'vitest'
import { localMoment } from '../../../framework/engines/duckdb/ingest/parquet/local-moment.ts'
import { lineColumns } from '../../../framework/ingest/lines/line-columns.ts'
import { timeReader } from '../../../framework/ingest/lines/parse-time.ts'
import { sessionOfReader, setUpParquet, sourceOf } from '../../support/engines/parquet-ingest.ts'

setUpParquet()

/** Hours at which clocks change, in years for which the time zone data has no changes. */
const LATER_TIMES = [2101, 2104, 2127, 2128, 2199, 2400, 2796, 9998, 9999].flatMap((year) =>
  ['03', '04', '10', '11', '12'].flatMap((month) =>
    Array.from({ length: 30 }, (_, day) => `${year}-${month}-${String(day + 1).padStart(2, '0')}T02:30:00`),
  ),
)

describe('a local time of a Parquet file', () => {
  it('is the same moment as in a line of JSON', async () => {
    const around = [-7200, -1800, -1, 0, 1799, 3600, 7200, 90_000]
    for (const zone of [
      'Europe/Paris',
      'America/Sao_Paulo',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
      'Asia/Kolkata',
    ]) {
      for (const ambiguous of ['refuse', 'earlier', 'later'] as const) {
        const { columns } = sourceOf({ columns: { at: timestamp({ zone, ambiguous }) } })
        const format = lineColumns(columns)[0]?.format
        if (format?.kind !== 'time' || !format.zone) throw new Error('it is a time in a zone')
        const read = timeReader(format)
        const { until, offsets } = format.zone
        const times = until
          .flatMap((change, index) => around.map((seconds) => change + (offsets[index] ?? 0) + seconds))
          .map((seconds) => new Date(seconds * 1000).toISOString().slice(0, 19))
          .concat(LATER_TIMES)
        const values = times.map((time) => `(TIMESTAMP '${time}')`).join(', ')
        const sql = localMoment('local', format.zone, ambiguous)
        const rows = await sessionOfReader().withConnection((db) =>
          db.rows(`SELECT epoch_us(${sql}) AS micros FROM (VALUES ${values}) AS times(local)`),
        )
        const expected = times.map((time) => read(time)).map((time) => (time.kind === 'time' ? time.iso : null))
        const found = rows.map(({ micros }) =>
          micros === null ? null : `${new Date(Number(micros) / 1000).toISOString().slice(0, 19)}.000000Z`,
        )
        expect({ zone, ambiguous, found }).toEqual({ zone, ambiguous, found: expected })
      }
    }
  })
})
