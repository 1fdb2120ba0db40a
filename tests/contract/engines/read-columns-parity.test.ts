// Node and the Python of the Spark job read a column in the same way from its declared key and
// format.

import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  array,
  binary,
  type ColumnSchemas,
  decimal,
  double,
  emptyAsNull,
  int,
  json,
  map,
  struct,
  text,
  timestamp,
} from '../../../framework/declare/columns.ts'
import { zoneOffsets } from '../../../framework/declare/reading/zone-offsets.ts'
import { VALUES } from '../../support/engines/line-cases.ts'
import { lineColumnsOf } from '../../support/lines/declared.ts'
import {
  hasPython,
  type ParsedAs,
  type PythonParser,
  parsedByPacking,
  startPythonParser,
} from '../../support/lines/line-parsers.ts'

const BERLIN = 'Europe/Berlin'
const quoted = (...texts: readonly string[]) => texts.map((text) => JSON.stringify(text))

/** Columns. Each has values that it accepts, and the reasons why it refuses others. */
const FORMATS: Readonly<
  Record<string, readonly [ColumnSchemas[string], values: readonly string[], reasons: readonly string[]]>
> = {
  'ISO 8601 without an offset': [
    timestamp({ zone: 'UTC' }),
    [
      ...quoted(
        '2018-11-30T23:59:59',
        '2018-11-30 23:59:59.5',
        '2018-11-30T23:59:59+0230',
        '2018-11-30T23:59:59-11:00',
      ),
      ...quoted('0001-01-01 00:00:00', '9999-12-31T23:59:59.999999Z', '2016-02-29 00:00:00'),
      ...quoted('2018-02-29 00:00:00', '0001-01-01T00:00:00+01:00', '2018-11-30T23:59', '2018-11-30T24:00:00', 'x'),
    ],
    [
      'v: "0001-01-01T00:00:00+01:00" does not fit timestamp',
      'v: expected a time like "2018-11-30T23:59:59", got "2018-02-29 00:00:00"',
    ],
  ],
  'ISO 8601 in a zone whose clocks change': [
    timestamp({ zone: BERLIN }),
    [
      ...quoted('2018-03-25T01:59:59.999999', '2018-03-25T02:00:00', '2018-03-25T02:59:59', '2018-03-25T03:00:00'),
      ...quoted('2018-10-28T01:59:59', '2018-10-28T02:00:00', '2018-10-28T02:59:59', '2018-10-28T03:00:00'),
      ...quoted(
        '1700-01-01T00:00:00',
        '1893-04-01T00:03:00',
        '2101-07-01T00:00:00',
        '9999-07-01T00:00:00',
        '9999-12-31T23:59:59',
      ),
      ...quoted('0001-01-01T00:00:00', '2018-10-28T02:30:00+01:00', '2018-10-28T02:30:00Z'),
    ],
    [
      'v: "2018-03-25T02:59:59" is no time in Europe/Berlin: clocks skip it',
      'v: "2018-10-28T02:00:00" is two times in Europe/Berlin: clocks repeat it',
      'v: "0001-01-01T00:00:00" does not fit timestamp',
    ],
  ],
  'a repeated time that is the earlier one': [
    timestamp({ zone: BERLIN, ambiguous: 'earlier' }),
    quoted('2018-10-28T02:30:00', '2018-10-28T02:30:00.25', '2018-10-28T03:30:00', '2018-03-25T02:30:00'),
    ['v: "2018-03-25T02:30:00" is no time in Europe/Berlin: clocks skip it'],
  ],
  'a repeated time that is the later one': [
    timestamp({ zone: 'Australia/Lord_Howe', ambiguous: 'later' }),
    quoted('2018-04-01T01:45:00', '2018-04-01T01:29:59', '2018-10-07T02:15:00', '2150-04-03T01:45:00'),
    ['v: "2018-10-07T02:15:00" is no time in Australia/Lord_Howe: clocks skip it'],
  ],
  'an Apache log': [
    timestamp({ pattern: 'dd/MMM/yyyy:HH:mm:ss Z' }),
    quoted(
      '10/Oct/2000:13:55:36 -0700',
      '31/Dec/9999:23:59:59 -0100',
      '31/Apr/2000:00:00:00 +0000',
      '1/Oct/2000:00:00:00 +0000',
    ),
    [
      'v: "31/Dec/9999:23:59:59 -0100" does not fit timestamp',
      'v: expected a time of the format dd/MMM/yyyy:HH:mm:ss Z, got "31/Apr/2000:00:00:00 +0000"',
    ],
  ],
  'hours of a half day': [
    timestamp({ pattern: 'M/d/yyyy h:mm:ss a', zone: 'America/New_York' }),
    quoted(
      '7/4/2018 12:00:00 AM',
      '7/4/2018 12:00:00 PM',
      '07/04/2018 1:05:09 pm',
      '7/4/2018 13:00:00 PM',
      '3/11/2018 2:30:00 AM',
    ),
    ['v: "3/11/2018 2:30:00 AM" is no time in America/New_York: clocks skip it'],
  ],
  'a pattern with braces and dots': [
    timestamp({ pattern: "EEE {yyyy}.MM.dd'T'HH.mm.ss.SSS", zone: 'Asia/Kolkata' }),
    quoted('Fri {2018}.11.30T23.59.59.250', 'Fri {2018}x11.30T23.59.59.250', 'Fri {2018}.11.30T23.59.59.250\n'),
    ['v: expected a time of the format EEE {yyyy}.MM.dd\'T\'HH.mm.ss.SSS, got "Fri {2018}x11.30T23.59.59.250"'],
  ],
  'seconds since 1970': [
    timestamp({ epoch: 'seconds' }),
    [
      '0',
      '-0.5',
      '1541121934.796',
      '"1541121934.796"',
      '1.541121934796e9',
      '253402300799.999999',
      '253402300800',
      '-62135596800',
      '-62135596801',
      '1.0000001',
      '1e400',
      '"1e3"',
      '" 1"',
      'true',
    ],
    [
      'v: 253402300800 does not fit timestamp',
      "v: 1.0000001 has parts of a microsecond, which nanoseconds: 'truncate' would drop",
      'v: expected seconds since 1970, got " 1"',
    ],
  ],
  'milliseconds since 1970': [
    timestamp({ epoch: 'milliseconds' }).min(new Date(0)),
    ['1541121934796', '1541121934796.123', '1541121934796.1234', '-1', '"1541121934796"'],
    ['v: expected >= 1970-01-01T00:00:00.000Z, got -1'],
  ],
  'microseconds since 1970': [
    timestamp({ epoch: 'microseconds' }),
    ['1541121934796123', '0.0', '1e-1', '-1e17'],
    ["v: 1e-1 has parts of a microsecond, which nanoseconds: 'truncate' would drop"],
  ],
  'times to the nanosecond': [
    timestamp({ nanoseconds: 'truncate' }).min(new Date('1969-12-31T23:59:59Z')),
    [
      ...quoted('2018-11-30T23:59:59.123456789Z', '1969-12-31T23:59:59.999999999Z', '2018-11-30T23:59:59.1+05:30'),
      ...quoted(
        '2018-11-30T23:59:59',
        '2018-11-30 23:59:59Z',
        '2018-11-30T23:59:59+0530',
        '2018-11-30T23:59:59.1234567891Z',
      ),
    ],
    ['v: expected a time like "2018-11-30T23:59:59Z", got "2018-11-30 23:59:59Z"'],
  ],
  'local times to the nanosecond': [
    timestamp({ zone: BERLIN, nanoseconds: 'truncate' }),
    quoted('2018-11-30 23:59:59.999999999', '2018-11-30T23:59:59.0000001Z'),
    [],
  ],
  'local times to the microsecond': [
    timestamp({ zone: BERLIN }),
    quoted('2018-11-30 23:59:59.123456000', '2018-11-30 23:59:59.123456001'),
    ['v: "2018-11-30 23:59:59.123456001" has parts of a microsecond, which nanoseconds: \'truncate\' would drop'],
  ],
  'truncated seconds since 1970': [
    timestamp({ epoch: 'seconds', nanoseconds: 'truncate' }),
    [
      ...['1.0000019', '-1.0000011', '-0.0000001', '1e-999999999', '-1e-999999999', '1541121934.796', '"-2.50000001"'],
      ...['253402300799.9999999', '-62135596800.0000001', '-62135596800', '123e-8', '0'],
    ],
    ['v: -62135596800.0000001 does not fit timestamp'],
  ],
  'bytes as hexadecimal digits': [
    binary('hex'),
    quoted('', '00ff', '00FF', '0', '0g', '00 ff', ' 00', '\u0660\u0660', 'AbCd\n'),
    ['v: expected two hexadecimal digits for each byte, got "0g"'],
  ],
  'bytes as base64 for URLs': [
    binary('base64url').nullable(),
    quoted('', '-_8', '-_8=', '-_8==', '-_9', '+/8', 'A', 'AA', 'AA==', 'AA=', 'AAAA', 'AAAA=', 'AAAA====', 'QU\u0131'),
    ['v: expected base64url, got "+/8"'],
  ],
  'a decimal from text': [
    decimal(10, 2),
    [...quoted('12.50', '-0.05', '1e2', '12.505', '12,50', '+1', '01', '', '1\n'), '12.5', '99999999.99', '999999999'],
    ['v: "12.505" does not fit decimal(10,2)', 'v: expected a number, got "12,50"'],
  ],
  'special numbers': [
    double({ special: true }),
    [
      ...quoted('NaN', 'Infinity', '-Infinity', 'nan', '1.5'),
      '1.5',
      'NaN',
      'Infinity',
      '-Infinity',
      '-NaN',
      'Nan',
      '[NaN]',
      '1e400',
    ],
    ['v: expected a number, got "nan"', 'v: expected a number, got an array', 'v: 1e400 does not fit double'],
  ],
  'special numbers within bounds': [
    double({ special: true }).min(0).multipleOf(0.5),
    ['NaN', '"Infinity"', '"-Infinity"', '1.5', '-1.5', '0.25'],
    ['v: expected >= 0, got "-Infinity"', 'v: expected a multiple of 0.5, got "Infinity"'],
  ],
  'formats of parts': [
    struct({
      scores: array(double({ special: true }).nullable()),
      at: timestamp({ zone: BERLIN }).nullable(),
      hex: map(text(), binary('hex')).nullable(),
      plain: double().nullable(),
    }),
    [
      ...[
        '{"scores":[NaN,1.5,null,"-Infinity"]}',
        '{"scores":["NaN"],"at":"2018-11-30 23:59:59"}',
        '{"scores":["nan"]}',
      ],
      ...['{"scores":[],"hex":{"a":"00FF"}}', '{"scores":[],"hex":{"a":"QQ=="}}', '{"scores":[],"plain":NaN}'],
      ...['{"scores":[],"at":"2018-03-25T02:30:00"}', '{"scores":NaN}'],
    ],
    [
      'v: scores: element 1: expected a number, got "nan"',
      'v: hex: the value of "a": expected two hexadecimal digits for each byte, got "QQ=="',
      'v: plain: expected a number, got "NaN"',
      'v: at: "2018-03-25T02:30:00" is no time in Europe/Berlin: clocks skip it',
    ],
  ],
  'JSON as its text': [
    json().nullable(),
    ['{"b" : 1.50,\t"c":[null]}', '"text"', '[]', 'null', '1.0', 'true', '"\\ud800"'],
    [],
  ],
}

describe.skipIf(!hasPython())('Node and Python', () => {
  let python: PythonParser
  beforeAll(() => {
    python = startPythonParser()
  })
  afterAll(() => python.end())

  async function agreed(schemas: ColumnSchemas, content: string, { unknownKeys = 'report' }: ParsedAs = {}) {
    const columns = lineColumnsOf(schemas)
    const bytes = Buffer.from(content)
    const packed = await parsedByPacking(columns, bytes, { unknownKeys })
    expect(await python.parse(columns, bytes, unknownKeys)).toEqual(packed)
    return { ...packed, reasons: packed.rejects.map(([, reason]) => reason) }
  }

  describe('find the same rows and rejects in', () => {
    for (const [name, [schema, values, reasons]] of Object.entries(FORMATS)) {
      it(name, async () => {
        const lines = [...values, ...VALUES].flatMap((value) => [`{"v":${value}}`, ` {"v":${value}}`])
        const found = await agreed({ v: schema }, lines.join('\n'))
        expect(found.rows.length).toBeGreaterThan(1)
        expect(found.reasons).toEqual(expect.arrayContaining([...reasons]))
      })
    }
  })

  it('read the same moments in time', async () => {
    const at = async (schema: ColumnSchemas[string], ...texts: readonly string[]) =>
      (
        await agreed(
          { v: schema },
          quoted(...texts)
            .map((value) => `{"v":${value}}`)
            .join('\n'),
        )
      ).rows.map(([, value]) => new Date(Number(String(value).slice('datetime '.length)) / 1000).toISOString())
    expect(
      await at(timestamp({ zone: BERLIN }), '2018-03-25T01:59:59', '2018-03-25T03:00:00', '9999-07-01 00:00:00'),
    ).toEqual(['2018-03-25T00:59:59.000Z', '2018-03-25T01:00:00.000Z', '9999-06-30T22:00:00.000Z'])
    const repeated = '2018-10-28T02:30:00'
    expect(await at(timestamp({ zone: BERLIN, ambiguous: 'earlier' }), repeated)).toEqual(['2018-10-28T00:30:00.000Z'])
    expect(await at(timestamp({ zone: BERLIN, ambiguous: 'later' }), repeated)).toEqual(['2018-10-28T01:30:00.000Z'])
    expect(await at(timestamp({ pattern: 'M/d/yyyy h a', zone: 'America/New_York' }), '7/4/2018 12 AM')).toEqual([
      '2018-07-04T04:00:00.000Z',
    ])
    expect(await at(timestamp({ pattern: 'dd/MMM/yyyy:HH:mm:ss Z' }), '10/Oct/2000:13:55:36 -0700')).toEqual([
      '2000-10-10T20:55:36.000Z',
    ])
  })

  it('find the same values at keys and in nested objects; the last value of a repeated key counts', async () => {
    const lines = [
      '{"user-agent":"x","a":{"b":1,"c d":{"e":"y"}},"$.a":2}',
      '{"user-agent":"x","a":{"b":1,"b":2,"c d":null}}',
      '{"user-agent":"x","a":{"b":1.5}}',
      '{"user-agent":"x","a":5}',
      '{"user-agent":"x","a":[{"b":1}]}',
      '{"user-agent":"x","a":""}',
      '{"user-agent":"x","a":null}',
      '{"user-agent":"x"}',
      '{"a":{"b":1}}',
      '{"user-agent":"x","lake.inner":"z","b":7,"_line":3}',
      '{"user-agent":"x","a":{"b":1},"a":{"c d":{"e":5}}}',
    ]
    const found = await agreed(
      {
        agent: text().from('user-agent'),
        inner: int().nullable().from('$.a.b'),
        deep: emptyAsNull().from("$.a['c d'].e"),
        again: json().from('a').nullable(),
        dollar: int().from("$['$.a']").nullable(),
      },
      lines.join('\n'),
    )
    expect(found.rows).toEqual([
      [1, 'str x', 'int 1', 'str y', 'str {"b":1,"c d":{"e":"y"}}', 'int 2'],
      [2, 'str x', 'int 2', null, 'str {"b":1,"b":2,"c d":null}', null],
      [7, 'str x', null, null, null, null],
      [8, 'str x', null, null, null, null],
      [10, 'str x', null, null, null, null],
      [11, 'str x', null, 'str 5', 'str {"c d":{"e":5}}', null],
    ])
    expect(found.reasons).toEqual([
      'inner: expected an integer, got 1.5',
      'inner: expected an object in a, got 5',
      'inner: expected an object in a, got an array',
      'inner: expected an object in a, got ""',
      'agent is missing',
    ])
    expect(found.keys?.unknown.map(({ name, rows }) => [name, rows])).toEqual([
      ['lake.inner', 1],
      ['b', 1],
      ['_line', 1],
    ])
  })

  it('keep keys apart that differ only in case', async () => {
    const { rows } = await agreed(
      { id: int().nullable(), upper: int().from('ID').nullable(), title: int().from('Id').nullable() },
      '{"id":1,"ID":2,"Id":3}\n{"ID":4}\n{"iD":5}',
    )
    expect(rows).toEqual([
      [1, 'int 1', 'int 2', 'int 3'],
      [2, null, 'int 4', null],
      [3, null, null, null],
    ])
  })

  it('count the same keys that no column takes, the same absent columns, and the same rows without any key', async () => {
    const lines = [
      '{"id":1,"extra":{"x":1},"Name":"a"}',
      '{"id":2,"extra":2}',
      '{"extra":null,"\\u0065xtra":3}',
      '{}',
      '{"id":"x","refused":1}',
      `{"id":3,"${'long'.repeat(30)}":1}`,
      ...Array.from({ length: 120 }, (_, at) => `{"id":4,"k${at}":"😀${'x'.repeat(80)}"}`),
    ]
    const { keys } = await agreed({ id: int().nullable(), name: text().nullable() }, lines.join('\n'))
    expect(keys).toMatchObject({ more: 23, bare: 2, absent: ['name'] })
    expect(keys?.unknown.slice(0, 2)).toEqual([
      { name: 'extra', rows: 3, example: 'an object' },
      { name: 'Name', rows: 1, example: '"a"' },
    ])
    expect(keys?.unknown).toHaveLength(100)
  })

  it('refuse lines with unknown keys if the source says `reject`, and do not count them if it says `ignore`', async () => {
    const lines = `{"id":1}\n{"id":2,"b":1,"c":2}\n{"id":"x","b":1}\n{"id":3,"\\ud800${'y'.repeat(80)}":1}\nno\n`
    const { reasons, rows, keys } = await agreed({ id: int() }, lines, { unknownKeys: 'reject' })
    expect(rows).toHaveLength(1)
    expect(keys).toEqual({ unknown: [], more: 0, bare: 0, absent: [] })
    expect(reasons).toEqual(['unknown key: b', 'unknown key: b', `unknown key: \ufffd${'y'.repeat(59)}…`, 'not JSON'])
    expect((await agreed({ id: int() }, lines, { unknownKeys: 'ignore' })).keys).toBe(null)
  })

  it('know the same offsets of time zones as Python’s time zone data', () => {
    const zones = [BERLIN, 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'UTC']
    const moments = Array.from({ length: 2_000 }, (_, at) => Date.UTC(1970, 0) / 1000 + at * 1_000_003)
    const asked = JSON.stringify({ zones, moments })
    const program =
      'import datetime,json,sys,zoneinfo\nq=json.load(sys.stdin)\nu=datetime.timezone.utc\n' +
      'print(json.dumps([[int(datetime.datetime.fromtimestamp(m,u).astimezone(zoneinfo.ZoneInfo(z)).utcoffset().total_seconds())for m in q["moments"]]for z in q["zones"]]))'
    const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { input: asked, encoding: 'utf8' })
    if (status !== 0 && /ZoneInfoNotFoundError|No module named 'zoneinfo'/.test(stderr)) return
    const known = zones.map((zone) => {
      const { until, offsets } = zoneOffsets(zone)
      return moments.map((moment) => offsets[until.filter((change) => change <= moment).length])
    })
    expect(known).toEqual(JSON.parse(stdout))
  })
})
