/**
 * A source of Parquet files, as the user sees it: the guide's example, on this machine and on S3,
 * and what `lake infer` declares.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import { lake, ROOT, sharedDirectory, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { eventsOf } from '../../support/programs/run-events.ts'
import { configOver } from '../../support/projects/built-project.ts'
import { type FormatWriter, startFormatWriter, type WrittenRow } from '../../support/projects/written-formats.ts'
import { python } from '../../support/python/python.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const GUIDE = readFileSync(join(ROOT, 'docs/guides/sources/formats.md'), 'utf8')
const [, CODE = ''] = /## Parquet\n```ts\n([\s\S]*?)```/.exec(GUIDE) ?? []
const CONFIG = configOver('assets/trips.ts')

const TYPES = {
  VendorID: 'pa.int64()',
  tpep_pickup_datetime: "pa.timestamp('us')",
  passenger_count: 'pa.int64()',
  trip_distance: 'pa.float64()',
  pickup: "pa.struct([('borough', pa.string())])",
}
const TRIP = {
  ...{ VendorID: 2, tpep_pickup_datetime: '2018-11-30T23:59:59', passenger_count: 1, trip_distance: 0.5 },
  pickup: { borough: 'Queens' },
}
const NOVEMBER = 'input/trips/month=11/trips.parquet'

const program = python('no Parquet file of another writer is read')
const server = program === undefined ? undefined : await sharedS3Server()
afterAll(() => server?.stop())

let writer: FormatWriter
beforeAll(() => {
  if (program) writer = startFormatWriter(program)
})
afterAll(() => writer?.end())

const INFERRED = `import { bigint, decimal, defineSource, double, parquet, struct, text, timestamp } from 'lake'

// 2 files, 4 rows.
export const trips = defineSource({
  key: 'trips',
  format: parquet(),
  columns: {
    VendorID: bigint(),
    tpep_pickup_datetime: timestamp({ zone: 'UTC' }), // times have no zone: UTC is a guess
    passenger_count: double({ special: true }).nullable(), // null once
    trip_distance: double({ special: true }),
    pickup: struct({ borough: text().nullable() }).nullable(),
    tip: decimal(9, 2).nullable(), // missing 2 times
  },
})
`

/** A project with the months 11 and 12. Month 12 has a trip with half a passenger. */
async function project(declaration = CODE.replace('parquet(),', 'parquet(),\n  maxRejected: 1,')) {
  const directory = temporaryDirectory()
  writeFiles(directory, { 'config/lake.config.ts': CONFIG, 'assets/trips.ts': declaration })
  const write = (path: string, rows: readonly WrittenRow[], changed = {}) =>
    writer.write({ format: 'parquet', path: join(directory, path), rows, options: { types: { ...TYPES, ...changed } } })
  await write(NOVEMBER, [TRIP, { ...TRIP, passenger_count: null, pickup: null }])
  const doubles = { passenger_count: 'pa.float64()', VendorID: 'pa.int32()', tip: 'pa.decimal128(9, 2)' }
  const tipped = { ...TRIP, tip: '1.50' }
  await write('input/trips/month=12/trips.parquet', [{ ...tipped, passenger_count: 1.5 }, tipped], doubles)
  return directory
}

const COUNTS =
  'select month, count(*)::int as trips, sum(passengers)::int as passengers from trips group by 1 order by 1'
const BOTH = [
  { month: 11, trips: 2, passengers: 1 },
  { month: 12, trips: 1, passengers: 1 },
]

describe.runIf(program)('a source of Parquet files', () => {
  it('reads the months of the guide, and follows a file that is torn and later repaired', async () => {
    const directory = await project()
    const at = (...args: readonly string[]) => lake(args, { cwd: directory })
    const query = (sql: string) => JSON.parse(at('query', sql, '--json').stdout)
    const warnings = () =>
      eventsOf(at('materialize', '--json')).flatMap((event) => (event.type === 'step-warned' ? [event.message] : []))
    expect(warnings()).toEqual(['no column takes the key tip'])
    expect(query(COUNTS)).toEqual(BOTH)
    expect(query('select picked_up_at, borough, _line from trips where month = 11 order by _line')).toEqual([
      { picked_up_at: '2018-12-01T04:59:59.000Z', borough: 'Queens', _line: '1' },
      { picked_up_at: '2018-12-01T04:59:59.000Z', borough: null, _line: '2' },
    ])
    expect(JSON.parse(at('rejects', 'trips', '--json').stdout)).toEqual({
      rejects: [
        {
          ...{ file: 'month=12/trips.parquet', line: 1, reason: 'passengers: 1.5 does not fit int' },
          text: '{"VendorID":2,"tpep_pickup_datetime":"2018-11-30 23:59:59","passenger_count":1.5,"trip_distance":0.5,"pickup":{"borough":"Queens"}}',
        },
      ],
      total: 1,
    })
    expect(JSON.parse(at('plan', '--json').stdout)).toMatchObject({ steps: [] })
    const good = readFileSync(join(directory, NOVEMBER))
    writeFileSync(join(directory, NOVEMBER), good.subarray(0, 500))
    expect(warnings()).toContain(
      'month=11/trips.parquet is refused as a whole: the Parquet file is torn: it ends without a footer',
    )
    expect(query(COUNTS)).toEqual(BOTH.slice(1))
    writeFileSync(join(directory, NOVEMBER), good)
    expect(warnings()).toEqual([])
    expect(query(COUNTS)).toEqual(BOTH)
  })

  it('publishes nothing if more rows are rejected than the source allows', async () => {
    const directory = await project(CODE)
    const { status, stdout } = lake(['materialize'], { cwd: directory })
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: expect.stringContaining('month=12/trips.parquet:1: passengers: 1.5 does not fit int'),
    })
  })

  it.skipIf(!server)('reads the same rows from S3', async () => {
    const directory = await project()
    const bucket = (await server?.bucket()) ?? ''
    const env = { ...server?.env, XDG_CACHE_HOME: sharedDirectory() }
    Object.assign(process.env, env)
    for (const month of readdirSync(join(directory, 'input/trips'))) {
      const path = `input/trips/${month}/trips.parquet`
      await openStorage(`s3://${bucket}`).put(path, readFileSync(join(directory, path)))
    }
    const flags = ['--json', '--lake', `s3://${bucket}/lake`, '--input', `s3://${bucket}/input`]
    const at = (...args: readonly string[]) => lake([...args, ...flags], { cwd: directory, env })
    expect(at('materialize').status).toBe(0)
    expect(JSON.parse(at('query', COUNTS).stdout)).toEqual(BOTH)
    expect(JSON.parse(at('rejects', 'trips').stdout)).toMatchObject({ total: 1 })
    expect(JSON.parse(at('plan').stdout)).toMatchObject({ steps: [] })
    const inferred = lake(['infer', `s3://${bucket}/input/trips`, '--key', 'trips'], { cwd: directory, env })
    expect(inferred.stdout).toBe(lake(['infer', 'input/trips'], { cwd: directory }).stdout)
  })

  it('is inferred from the footers of its files, and the declaration then rejects none of their rows', async () => {
    const directory = await project('')
    const at = (...args: readonly string[]) => lake(args, { cwd: directory })
    const inferred = at('infer', 'input/trips')
    expect(inferred).toMatchObject({ status: 0, stderr: '' })
    expect(inferred.stdout).toBe(INFERRED)
    writeFiles(directory, { 'assets/trips.ts': inferred.stdout })
    expect(at('materialize')).toMatchObject({ status: 0 })
    expect(JSON.parse(at('rejects', 'trips', '--json').stdout)).toMatchObject({ total: 0 })
  })
})
