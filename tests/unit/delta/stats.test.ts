// The statistics of data files.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ColumnType } from '../../../framework/declare/columns.ts'
import { type ColumnStats, parseStats, printStats, rowsOf } from '../../../framework/delta/stats.ts'

function print(type: ColumnType, stats: ColumnStats): string {
  return printStats({ rows: 7, columns: { c: stats } }, [{ name: 'c', type, nullable: true }])
}

function parse(type: ColumnType, json: string): ColumnStats | undefined {
  return parseStats(json, [{ name: 'c', type, nullable: true }])?.columns.c
}

/** The bounds as another reader parses them. */
function bounds(type: ColumnType, min: ColumnStats['min'], max: ColumnStats['max']): readonly unknown[] {
  const { minValues, maxValues } = JSON.parse(
    print(type, { ...(min !== undefined && { min }), ...(max !== undefined && { max }), nulls: 0 }),
  )
  return [minValues?.c, maxValues?.c]
}

/** The bounds `min` and `max`, parsed from a log. */
function parsedBounds(type: ColumnType, min: string, max: string): readonly unknown[] {
  const stats = parse(type, `{"numRecords":7,"minValues":{"c":${min}},"maxValues":{"c":${max}},"nullCount":{"c":2}}`)
  return [stats?.min, stats?.max]
}

const text: ColumnType = { kind: 'text' }
const bigint: ColumnType = { kind: 'bigint' }
const double: ColumnType = { kind: 'double' }
const timestamp: ColumnType = { kind: 'timestamp' }
const money: ColumnType = { kind: 'decimal', precision: 38, scale: 2 }

describe('stats that lake writes', () => {
  it('leave out nested columns, whose bounds are unknown', () => {
    const columns = [
      { name: 'id', type: bigint, nullable: false },
      { name: 'tags', type: { kind: 'array', element: text, nullable: true } as const, nullable: true },
    ]
    const stats = printStats({ rows: 7, columns: { id: { min: 1n, max: 2n, nulls: 0 } } }, columns)
    expect(JSON.parse(stats)).toEqual({
      ...{ numRecords: 7, minValues: { id: 1 }, maxValues: { id: 2 }, nullCount: { id: 0 } },
    })
    const foreign = '{"numRecords":7,"minValues":{"tags":[1],"s":{"a":1}},"nullCount":{"tags":0,"s":{"a":1}}}'
    expect(
      parseStats(foreign, [...columns, { name: 's', type: { kind: 'struct', fields: [] }, nullable: true }]),
    ).toEqual({
      ...{ rows: 7, columns: { tags: { nulls: 0 } } },
    })
  })

  it('have the form of the protocol', () => {
    const columns = [
      { name: 'song_id', type: text, nullable: false },
      { name: 'plays', type: bigint, nullable: true },
      { name: 'unknown', type: text, nullable: true },
    ]
    const stats = {
      rows: 7,
      columns: {
        plays: { min: -1n, max: 9_223_372_036_854_775_807n, nulls: 2 },
        song_id: { min: 'a"', max: 'z', nulls: 0 },
      },
    }
    expect(printStats(stats, columns)).toBe(
      '{"numRecords":7,"minValues":{"song_id":"a\\"","plays":-1},"maxValues":{"song_id":"z","plays":9223372036854775807},"nullCount":{"song_id":0,"plays":2}}',
    )
  })

  it('have no bounds if all values are null', () => {
    expect(print(text, { nulls: 7 })).toBe('{"numRecords":7,"minValues":{},"maxValues":{},"nullCount":{"c":7}}')
  })

  it('have no bounds if any column with values lacks a bound: other readers treat a missing bound as null', () => {
    const columns = [
      { name: 'id', type: bigint, nullable: false },
      { name: 'share', type: double, nullable: true },
    ]
    const id = { min: 1n, max: 9n, nulls: 0 }
    const printed = (share: ColumnStats) => printStats({ rows: 7, columns: { id, share } }, columns)
    expect(printed({ nulls: 0 })).toBe('{"numRecords":7,"nullCount":{"id":0,"share":0}}')
    expect(printed({ min: 0.5, max: Number.NaN, nulls: 6 })).toBe('{"numRecords":7,"nullCount":{"id":0,"share":6}}')
    expect(printed({ nulls: 7 })).toBe(
      '{"numRecords":7,"minValues":{"id":1},"maxValues":{"id":9},"nullCount":{"id":0,"share":7}}',
    )
  })

  it('have bounds for other columns if a column of bytes has none', () => {
    const columns = [
      { name: 'id', type: bigint, nullable: false },
      { name: 'cover', type: { kind: 'binary' } as const, nullable: true },
    ]
    const stats = printStats({ rows: 7, columns: { id: { min: 1n, max: 9n, nulls: 0 }, cover: { nulls: 3 } } }, columns)
    expect(stats).toBe('{"numRecords":7,"minValues":{"id":1},"maxValues":{"id":9},"nullCount":{"id":0,"cover":3}}')
    expect(parsedBounds({ kind: 'binary' }, '"a"', '"z"')).toEqual([undefined, undefined])
  })

  it('have the bounds of each type', () => {
    expect(bounds({ kind: 'int' }, -5, 5)).toEqual([-5, 5])
    expect(bounds(double, -0.5, 1e300)).toEqual([-0.5, 1e300])
    expect(bounds({ kind: 'boolean' }, false, true)).toEqual([false, true])
    expect(bounds({ kind: 'date' }, '2018-11-01', '2018-11-30')).toEqual(['2018-11-01', '2018-11-30'])
    expect(print(money, { min: '-0.10', max: '123456789012345678901234567890123456.78', nulls: 0 })).toContain(
      '"minValues":{"c":-0.10},"maxValues":{"c":123456789012345678901234567890123456.78}',
    )
  })

  it('leave out NaN, infinity and values of other types', () => {
    expect(bounds(double, Number.NEGATIVE_INFINITY, Number.NaN)).toEqual([undefined, undefined])
    expect(bounds(money, '1e5', '+1')).toEqual([undefined, undefined])
    expect(bounds({ kind: 'date' }, '-0044-03-15', '12018-11-01')).toEqual([undefined, undefined])
    expect(bounds(text, 1, true)).toEqual([undefined, undefined])
  })

  it('have timestamps to the millisecond, rounded down for min and up for max', () => {
    expect(bounds(timestamp, 1_541_106_106_796_001n, 1_541_106_106_796_001n)).toEqual([
      '2018-11-01T21:01:46.796Z',
      '2018-11-01T21:01:46.797Z',
    ])
    expect(bounds(timestamp, 1_541_106_106_796_000n, 1_541_106_106_796_000n)).toEqual([
      '2018-11-01T21:01:46.796Z',
      '2018-11-01T21:01:46.796Z',
    ])
    expect(bounds(timestamp, -1n, -999n)).toEqual(['1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00.000Z'])
    expect(bounds(timestamp, -62_135_596_800_000_001n, 253_402_300_800_000_000n)).toEqual([undefined, undefined])
    expect(bounds(timestamp, -9_223_372_036_854_775_807n, 9_223_372_036_854_775_806n)).toEqual([undefined, undefined])
  })
})

describe('bounds of long text', () => {
  it('are complete up to 128 code points', () => {
    const long = '😀'.repeat(128)
    expect(bounds(text, long, long)).toEqual([long, long])
  })

  it('are cut at 128 code points, and the last code point is raised for max', () => {
    const long = `${'a'.repeat(127)}yz`
    expect(bounds(text, long, long)).toEqual([`${'a'.repeat(127)}y`, `${'a'.repeat(127)}z`])
    const emoji = '😀'.repeat(129)
    expect(bounds(text, emoji, emoji)).toEqual(['😀'.repeat(128), `${'😀'.repeat(127)}😁`])
  })

  it('raise an earlier code point if the last one is the greatest', () => {
    const long = `a${'\u{10ffff}'.repeat(128)}`
    expect(bounds(text, 'a', long)).toEqual(['a', 'b'])
  })

  it('never contain a surrogate', () => {
    expect(bounds(text, 'a', '\ud7ff'.repeat(129))).toEqual(['a', `${'\ud7ff'.repeat(127)}\ue000`])
  })

  it('are left out if no text is greater than the cut bound', () => {
    const long = '\u{10ffff}'.repeat(129)
    expect(bounds(text, long, long)).toEqual([undefined, undefined])
  })

  it('are true bounds of at most 128 code points, in the order of UTF-8', () => {
    const codePoint = fc.constantFrom('a', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}')
    fc.assert(
      fc.property(fc.string({ unit: codePoint, minLength: 120, maxLength: 140 }), (value) => {
        const [min, max] = bounds(text, value, value)
        if (min === undefined) return expect(max).toBeUndefined()
        expect(Buffer.compare(Buffer.from(String(min)), Buffer.from(value))).toBeLessThanOrEqual(0)
        if (max !== undefined)
          expect(Buffer.compare(Buffer.from(String(max)), Buffer.from(value))).toBeGreaterThanOrEqual(0)
        expect([...String(min)].length).toBeLessThanOrEqual(128)
        expect([...String(max ?? '')].length).toBeLessThanOrEqual(128)
        expect(Buffer.from(String(max)).toString()).toBe(max ?? 'undefined')
      }),
    )
  })
})

describe('stats that lake reads', () => {
  it('equal the stats that it wrote', () => {
    const columns = [
      { name: 'a', type: text, nullable: false },
      { name: 'b', type: bigint, nullable: true },
      { name: 'c', type: { kind: 'date' }, nullable: true },
      { name: 'd', type: money, nullable: true },
      { name: '__proto__', type: { kind: 'boolean' }, nullable: true },
    ] as const
    const stats = {
      rows: 7,
      columns: {
        a: { min: 'a', max: 'ü', nulls: 0 },
        b: { min: -5n, max: 9_007_199_254_740_991n, nulls: 1 },
        c: { min: '2018-11-01', max: '2018-11-30', nulls: 2 },
        d: { min: '-0.10', max: '9999999999999.99', nulls: 3 },
        ['__proto__']: { min: false, max: true, nulls: 4 },
      },
    }
    expect(parseStats(printStats(stats, columns), columns)).toEqual(stats)
    expect(rowsOf(printStats(stats, columns))).toBe(7)
  })

  it('leave out numbers that the JSON may have rounded', () => {
    expect(parsedBounds(bigint, '-9007199254740993', '9007199254740993')).toEqual([undefined, undefined])
    expect(parsedBounds(money, '-1234567890123456.78', '12.3')).toEqual([undefined, '12.30'])
  })

  it('have a max timestamp that is 999 µs later, because other writers round it down', () => {
    expect(parsedBounds(timestamp, '"2018-11-01T21:01:46.796Z"', '"2018-11-01T21:01:46.796123Z"')).toEqual([
      1_541_106_106_796_000n,
      1_541_106_106_796_999n,
    ])
    expect(parsedBounds(timestamp, '"2018-11-01T14:01:46.796-07:00"', '"2018-11-01T21:01:46.796"')).toEqual([
      1_541_106_106_796_000n,
      undefined,
    ])
  })

  it('contain every timestamp between the written bounds', () => {
    fc.assert(
      fc.property(fc.bigInt(-62_135_596_800_000_000n, 253_402_300_799_000_000n), (micros) => {
        const stats = parse(timestamp, print(timestamp, { min: micros, max: micros, nulls: 0 }))
        expect(Number(BigInt(stats?.min as bigint) <= micros && micros <= BigInt(stats?.max as bigint))).toBe(1)
      }),
    )
  })

  it('are empty if the log has none, or if lake cannot parse them', () => {
    for (const stats of [undefined, '', '{"numRec', 'null', '[]', '{"minValues":{}}']) {
      expect(rowsOf(stats)).toBeUndefined()
      expect(parseStats(stats, [])).toBeUndefined()
    }
    expect(parse(text, '{"numRecords":7}')).toBeUndefined()
    expect(parse(text, '{"numRecords":7,"minValues":{"c":1},"nullCount":{"c":2}}')).toEqual({ nulls: 2 })
  })
})
