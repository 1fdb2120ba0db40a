// The columns that `lake infer` declares from the schema and the log of a Delta table.
import { expect, it } from 'vitest'
import { delta } from '../../../framework/declare/format/file-format.ts'
import type { AddFile } from '../../../framework/delta/actions.ts'
import type { OutsideColumn } from '../../../framework/delta/outside/outside-schema.ts'
import type { OutsideTable } from '../../../framework/delta/outside/outside-table.ts'
import { declareSource } from '../../../framework/infer/declare-source.ts'
import { inferDelta } from '../../../framework/infer/delta-columns.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { file } from '../delta/example-table.ts'

const column = (name: string, id: number, type: OutsideColumn['type']): OutsideColumn => ({
  ...{ name, physicalName: `col-${id}`, id, type, nullable: true },
})
const plain = (name: string) => ({ kind: 'plain', name }) as const

const columns = [
  column('n', 1, plain('long')),
  column('place', 2, { kind: 'struct', columns: [column('city', 3, plain('string'))] }),
  column('at', 4, plain('timestamp')),
]
const tableOf = (changes: Partial<OutsideTable>): OutsideTable => ({
  ...{ location: { storage: localStorage('.'), table: '', source: 'plays' }, id: 'a', version: 0 },
  ...{ mapping: 'none', columns, partitionColumns: [], files: new Map(), ...changes },
})
const partitions = (...times: readonly (string | null)[]) =>
  new Map(times.map((time, index) => [`${index}`, { ...file(`${index}`), partitionValues: { 'col-4': time } }]))
const timeIn = (...times: readonly (string | null)[]) =>
  inferDelta(tableOf({ mapping: 'name', partitionColumns: ['at'], files: partitions(...times) })).columns[2]

it.each(['name', 'id'] as const)(
  'lake infer declares columns whose names differ in the data files (mapped by %s)',
  (mapping) => {
    expect(inferDelta(tableOf({ mapping })).columns).toMatchObject([
      { name: 'n', type: { kind: 'bigint' } },
      { name: 'place', type: { kind: 'struct', fields: [{ name: 'city', type: { kind: 'text' } }] } },
      { name: 'at', type: { kind: 'timestamp' } },
    ])
  },
)

it('lake infer asks for the zone of a time in a partition if the log has none', () => {
  expect(timeIn('2018-11-15T00:30:26.796123Z', null)?.format).toBeUndefined()
  expect(timeIn('2018-11-15T00:30:26Z', '2018-11-15 00:30:26')?.format).toEqual({
    kind: 'time',
    time: { zone: 'UTC' },
  })
})

it('lake infer counts rows only if the log has the count of each file', () => {
  const counted = { ...file('a'), stats: JSON.stringify({ numRecords: 5 }) }
  const { stats: _, ...uncounted } = file('b')
  const linesOf = (...files: readonly AddFile[]) =>
    inferDelta(tableOf({ files: new Map(files.map((one) => [one.path, one])) })).lines
  expect([linesOf(), linesOf(counted), linesOf(counted, uncounted)]).toEqual([0, 5, undefined])
})

it('lake infer declares bytes, and doubles that can be NaN, even within structs and arrays', () => {
  const nested = {
    kind: 'struct',
    columns: [column('lat', 2, plain('double')), column('seal', 5, plain('binary'))],
  } as const
  const inferred = inferDelta(
    tableOf({
      columns: [
        column('lat', 1, plain('double')),
        column('pos', 3, nested),
        column('cover', 6, plain('binary')),
        columns[1] ?? column('', 4, nested),
      ],
    }),
  )
  const about = { key: 'plays', constant: 'plays', origin: '1 file', pattern: undefined }
  const remarks = declareSource({ ...about, format: delta(), inferred }).match(/ {4}\w+: .*/g)
  expect(remarks).toEqual([
    '    lat: double({ special: true }).nullable(),',
    '    pos: struct({ lat: double({ special: true }).nullable(), seal: binary().nullable() }).nullable(),',
    '    cover: binary().nullable(),',
    '    place: struct({ city: text().nullable() }).nullable(),',
  ])
})

it('lake infer leaves out bytes that are a partition value, because a read would refuse them', () => {
  const cover = column('cover', 4, plain('binary'))
  const files = partitions(null, '\\u0001\\u00FF')
  const inferred = inferDelta(tableOf({ columns: [cover], mapping: 'name', partitionColumns: ['cover'], files }))
  expect(inferred).toMatchObject({
    columns: [],
    leftOut: [{ key: 'cover', why: expect.stringMatching(/^it holds bytes as a partition/) }],
  })
})
