// Spark can write dates and times in its old calendar. lake rejects those that it would misread.
import { parquetWriteBuffer } from 'hyparquet-writer'
import { date, defineSource, parquet, timestamp } from 'lake'
import { expect, it, onTestFinished } from 'vitest'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { written } from '../../support/lakes/test-run.ts'

const source = graphOf([
  defineSource({
    key: 'days',
    format: parquet(),
    maxRejected: 1,
    columns: { day: date(), at: timestamp() },
  }),
])

const DAYS = ['1582-10-14', '1582-10-15', '2018-11-01'].map((day) => new Date(day))
const TIMES = ['1950-01-01', '1899-12-31', '2018-11-01'].map((day) => new Date(day))

/** The number of rows that lake accepts from a file with these notes in its footer. */
async function rowsWith(notes: Readonly<Record<string, string>>): Promise<unknown> {
  const lake = new TestLake()
  onTestFinished(() => lake.close())
  const content = parquetWriteBuffer({
    schema: [
      { name: 'days', num_children: 2 },
      { name: 'day', type: 'INT32', converted_type: 'DATE', repetition_type: 'OPTIONAL' },
      { name: 'at', type: 'INT64', converted_type: 'TIMESTAMP_MICROS', repetition_type: 'OPTIONAL' },
    ],
    columnData: [
      { name: 'day', data: DAYS },
      { name: 'at', data: TIMES },
    ],
    kvMetadata: Object.entries(notes).map(([key, value]) => ({ key: `org.apache.spark.${key}`, value })),
  })
  lake.writeText('days/days.parquet', new Uint8Array(content))
  return written(await lake.run(source)).days
}

it.each([
  [{}, 3],
  [{ version: '3.5.6' }, 3],
  [{ version: '2.4.8' }, 1],
  [{ version: '3.5.6', legacyDateTime: '' }, 1],
  [{ version: '3.5.6', legacyINT96: '' }, 3],
])('a file with the notes %j gives %i rows', async (notes, rows) => {
  expect(await rowsWith(notes)).toBe(rows)
})
