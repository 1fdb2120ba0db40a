// The fast path gives the same values of a line of JSON as the slow path.
import { Buffer, isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bigint,
  boolean,
  date,
  decimal,
  double,
  emptyAsNull,
  int,
  text,
  timestamp,
} from '../../../framework/declare/columns.ts'
import { FastLines } from '../../../framework/ingest/fast/fast-lines.ts'
import { exactNumber, writtenOut } from '../../../framework/ingest/lines/decimal-literal.ts'
import { members } from '../../../framework/ingest/lines/json-members.ts'
import { lineParser } from '../../../framework/ingest/lines/parse-line.ts'
import { lineColumnsOf, logColumns, songColumns } from '../../support/lines/declared.ts'

const columns = lineColumnsOf({
  t: text(),
  b: bigint().nullable(),
  optional: text().nullable(),
  i: int(),
  d: double().nullable(),
  e: emptyAsNull(),
  flag: boolean().nullable(),
  price: decimal(5, 2).nullable(),
  day: date().nullable(),
  at: timestamp().nullable(),
  clé: text().nullable(),
})
const optionalColumns = columns.map((column) => ({ ...column, nullable: true }))

/** Returns the end of the line at `start`, or -1 if the fast path does not take the line. */
function lineScanner(declared: typeof columns) {
  const lines = new FastLines(declared)
  return (bytes: Buffer, start: number): number => {
    const { rows, end } = lines.pack(bytes, start, { head: Buffer.from('{"_line":'), number: 1 }, 1)
    return rows === 1 ? end - 1 : -1
  }
}

function isFast(line: string, declared = columns): boolean {
  const bytes = Buffer.from(line)
  const end = lineScanner(declared)(bytes, 0)
  expect([-1, bytes.length]).toContain(end)
  return end !== -1
}

/** A line that takes the fast path unless a test adds other members to it. */
const withMembers = (added: string) => `{"t":"x","i":1${added === '' ? '' : `,${added}`}}`

describe('an ordinary line', () => {
  const song =
    '{"num_songs": 1, "artist_id": "ARD7TVE1187B99BFB1", "artist_latitude": null, "artist_longitude": -118.24, ' +
    '"artist_location": "California - LA", "artist_name": "Casual \\u00e9", "song_id": "SOMZWCG12A8C13C480", ' +
    '"title": "I Didn\'t Mean To", "duration": 218.93179, "year": 0}'
  const event =
    '{"artist":null,"auth":"Logged In","firstName":"Walter","gender":"M","itemInSession":0,"lastName":"Frye",' +
    '"length":null,"level":"free","location":"San Francisco","method":"GET","page":"Home","registration":1540919166796.0,' +
    '"sessionId":38,"song":null,"status":200,"ts":1541105830796,"userAgent":"\\"Mozilla\\/5.0 (Macintosh)\\"","userId":"39"}'

  it('takes the fast path, whatever the order of its keys and the spaces between its tokens', () => {
    expect(isFast(song, songColumns)).toBe(true)
    expect(isFast(event, logColumns)).toBe(true)
    expect(isFast('{ "i" :\t-7 , "t":"" }')).toBe(true)
  })

  it('can have values of each type, nulls where they are allowed, and members that are not declared', () => {
    const fast = [
      '"b":-123456789012345678',
      '"b":0',
      '"d":-0.5',
      '"d":-0.0',
      '"d":1E+22',
      '"d":0e0',
      '"optional":"\\b\\f\\n\\r\\t\\"\\\\\\/\\u0000\\uD7ff\\ue000 é 😀"',
      '"e":"x","flag":true,"clé":"y"',
      '"e":""',
      '"price":0',
      '"price":-999.99',
      '"price":"1.50"',
      '"day":"2018-11-30"',
      '"day":"2018-12-31"',
      '"day":"2020-02-29"',
      '"day":"2000-02-29"',
      '"at":"2018-11-30T23:59:59Z"',
      '"at":"2018-11-30T00:00:00.123456Z"',
      '"at":"2018-11-30T00:00:00.5-23:59"',
      '"b":null,"optional":null,"d":null,"e":null,"flag":null,"price":null,"day":null,"at":null',
      '"x":"y","x":-1.5e-3,"":true,"_File":false,"T":null',
    ]
    for (const added of fast) expect(isFast(withMembers(added)), added).toBe(true)
  })

  it('ends at the newline, and a carriage return before it is left out', () => {
    const scan = lineScanner(columns)
    const bytes = Buffer.from('{"t":"a","i":1}\n{"i":2,"t":"b"}\r\n{"t":"c","i":3}\r')
    expect([scan(bytes, 0), scan(bytes, 16), scan(bytes, 33)]).toEqual([15, 32, 49])
    expect(scan(bytes.subarray(0, 14), 0)).toBe(-1)
  })

  it('still takes the fast path after a line with other keys', () => {
    const scan = lineScanner(columns)
    const lines = [
      '{"t":"x","i":1}',
      '{"i":1,"t":"x"}',
      '{"z":1,"i":1,"t":"x"}',
      '{"t":"x","i":1,"b":2}',
      '{"z":{}}',
      '{"t":"x","i":1}',
    ]
    expect(lines.map((line) => scan(Buffer.from(line), 0) !== -1)).toEqual([true, true, true, true, false, true])
  })
})

describe('a decimal', () => {
  it('takes the fast path as a number only if a double keeps all its digits and needs no exponent', () => {
    const wide = lineColumnsOf({ amount: decimal(38, 10) })
    expect(isFast('{"amount":123456789.12345}', wide)).toBe(true)
    expect(isFast('{"amount":1234567890.12345}', wide)).toBe(false)
    for (const small of ['0.0001', '0.00012345']) expect(isFast(`{"amount":${small}}`, wide)).toBe(true)
    for (const small of ['0.00001', '0.00009999']) expect(isFast(`{"amount":${small}}`, wide)).toBe(false)
    expect(isFast('{"amount":0.125}', lineColumnsOf({ amount: decimal(3, 3) }))).toBe(true)
    expect(isFast('{"amount":1.125}', lineColumnsOf({ amount: decimal(3, 3) }))).toBe(false)
    expect(isFast('{"amount":"1234567890123456789012345678.0123456789"}', wide)).toBe(true)
    expect(isFast('{"amount":"1234567890123456789012345678.01234567891"}', wide)).toBe(false)
  })
})

describe('an integer with bounds', () => {
  const bounded = lineColumnsOf({ n: bigint().min(-5n).lt(1_000_000_000_000n), i: int().gt(0.5).nullable() })

  it('takes the fast path if it is within its bounds', () => {
    for (const n of ['-5', '0', '7', '999999999999']) expect(isFast(`{"n":${n}}`, bounded)).toBe(true)
    expect(isFast('{"n":1,"i":1}', bounded)).toBe(true)
    expect(isFast('{"n":1,"i":null}', bounded)).toBe(true)
    expect(isFast('{"n":1542837407796}', lineColumnsOf({ n: bigint().max(253_402_300_799_999n) }))).toBe(true)
  })

  it('takes the slow path beyond its bounds, or with more digits than a double keeps', () => {
    for (const n of ['-6', '1000000000000', '-999999999999', '1.0', '9223372036854775807']) {
      expect(isFast(`{"n":${n}}`, bounded)).toBe(false)
    }
    expect(isFast('{"n":1,"i":0}', bounded)).toBe(false)
    expect(isFast('{"n":1234567890123456}', lineColumnsOf({ n: bigint().min(0n) }))).toBe(false)
  })

  it('takes the slow path if it also has other refinements', () => {
    expect(isFast('{"n":5}', lineColumnsOf({ n: int().multipleOf(5) }))).toBe(false)
    expect(isFast('{"t":"a"}', lineColumnsOf({ t: text().min(1) }))).toBe(false)
  })
})

describe('a line that needs the slow path', () => {
  it('has a member for which the fast path is not made', () => {
    const others = [
      '"b":1.0',
      '"b":1e3',
      '"b":-0',
      '"b":01',
      '"b":"1"',
      '"b":1234567890123456789',
      '"b":-',
      '"i":1',
      '"d":1e100',
      '"d":1.',
      '"d":.5',
      '"d":+1',
      '"d":-0',
      '"d":1e',
      '"d":01',
      `"d":${'1'.repeat(31)}`,
      '"optional":1',
      '"optional":true',
      '"optional":{}',
      '"optional":[]',
      '"optional":nul',
      '"optional":"\\x"',
      '"optional":"\\u12g4"',
      '"optional":"\\ud83d\\ude00"',
      '"optional":"\t"',
      '"optional":"a","optional":"b"',
      '"flag":1',
      '"flag":tru',
      '"price":1e1',
      '"price":-0.0',
      '"price":1.234',
      '"price":1234.5',
      '"price":"1.5 "',
      '"price":"+1.5"',
      '"price":""',
      '"price":true',
      '"day":"2018-11-31"',
      '"day":"2019-02-29"',
      '"day":"1900-02-29"',
      '"day":"0000-01-01"',
      '"day":"2018-11-3"',
      '"day":"2018-11-30 "',
      '"day":20181130',
      '"at":"2018-11-30"',
      '"at":"2018-11-30 00:00:00Z"',
      '"at":"2018-11-30T24:00:00Z"',
      '"at":"2018-11-30T00:00:60Z"',
      '"at":"2018-11-30T00:00:00"',
      '"at":"2018-11-30T00:00:00.Z"',
      '"at":"2018-11-30T00:00:00.1234567Z"',
      '"at":"2018-11-30T00:00:00+24:00"',
      '"at":"2018-11-30T00:00:00+0100"',
      '"at":"0001-01-01T00:00:00+01:00"',
      '"at":"9999-12-31T23:59:59-01:00"',
      '"_file":"x"',
      '"_line":null',
      '"x":{}',
      '"x":[1]',
      '"x":"\\uD800"',
      '"x":1e400',
      '"\\u0078":1',
      '"x"',
      '"x":',
      ',"x":1',
      '"x":1,',
    ]
    for (const added of others) expect(isFast(withMembers(added)), added).toBe(false)
  })

  it('has a form for which the fast path is not made', () => {
    const others = [
      '',
      '{',
      '{}',
      '[]',
      '{"t":"x"}',
      '{"t":null,"i":1}',
      ' {"t":"x","i":1}',
      '{"t":"x","i":1} ',
      '{"t":"x","i":1}}',
    ]
    for (const line of [...others, '{"t":"x","i":1', '{"t":"x","i":1}\r\r', '{"t":"x"\r,"i":1}'])
      expect(isFast(line), line).toBe(false)
    expect(isFast('{}', optionalColumns)).toBe(false)
  })

  it('has a key that lake reserves, even if a column takes that key', () => {
    expect(isFast('{"_file":null}', lineColumnsOf({ origin: text().nullable().from('_file') }))).toBe(false)
  })

  it('has an escaped key, because the same key could occur twice', () => {
    expect(isFast('{"a\\"b":1}', lineColumnsOf({ 'a"b': int().nullable() }))).toBe(false)
  })
})

const spaces = fc.constantFrom('', '', '', ' ', '\t', '  ')
const numbers = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.double().map(String),
  fc.constantFrom('-0', '-0.0', '01', '1e5', '1.0', '1e400', '-', '1.', '5e-324', '2147483648', '9223372036854775807'),
)
const strings = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '""',
    '"\\u00e9"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\/"',
    '"2018-11-30"',
    '"\\u004"',
    '"a\\"',
    '"\u007f"',
  ),
)
const values = fc.oneof(
  { weight: 3, arbitrary: numbers },
  { weight: 4, arbitrary: strings },
  { weight: 2, arbitrary: fc.stringMatching(/^"?-?[0-9]{1,4}[.]?[0-9]{0,3}"?$/) },
  {
    weight: 2,
    arbitrary: fc.stringMatching(
      /^"[0-9]{3}[0-9]-[01][0-9]-[0-3][0-9](?:T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:[.][0-9]{0,7})?(?:Z|[+-][0-2][0-9]:[0-9]{2}))?"$/,
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom('null', 'true', 'false', '{}', '[1,"}"]', '{"t":1}', 'nul', 'NaN') },
)
const keys = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...columns.map((column) => column.name)) },
  { weight: 1, arbitrary: fc.constantFrom('_file', '_line', 'T', '', 'x', '\\u0074', 'ti', '__proto__') },
)
const member = fc
  .tuple(spaces, keys, spaces, spaces, values, spaces)
  .map(
    ([before, key, afterKey, beforeValue, value, after]) =>
      `${before}"${key}"${afterKey}:${beforeValue}${value}${after}`,
  )
const required = fc.tuple(strings, fc.integer({ min: -999_999_999, max: 999_999_999 }))
const lines = fc
  .tuple(required, fc.array(member, { maxLength: 6 }), fc.boolean())
  .map(([[t, i], others, first]) => (first ? [`"t":${t}`, `"i":${i}`, ...others] : [...others, `"i":${i}`, `"t":${t}`]))
  .map((all) => `{${all.join(',')}}`)
const mutation = fc.record({
  at: fc.nat(200),
  remove: fc.nat(2),
  insert: fc.constantFrom(
    '',
    '"',
    '\\',
    '{',
    '}',
    ',',
    ':',
    '0',
    '-',
    '.',
    'e',
    '\n',
    '\r',
    '\0',
    ' ',
    'é',
    '\u2028',
    '\\u',
    'd8',
  ),
})

describe('any line, intact or changed', () => {
  it('gets the same values from the fast path as from the slow path', () => {
    const read = lineParser(columns)
    const scan = lineScanner(columns)
    let fast = 0
    const check = (line: string, mutations: readonly { at: number; remove: number; insert: string }[]): void => {
      const bytes = mutations.reduce<Buffer>(
        (all, { at, remove, insert }) =>
          Buffer.concat([
            all.subarray(0, at % all.length),
            Buffer.from(insert),
            all.subarray((at % all.length) + remove),
          ]),
        Buffer.from(line),
      )
      if (!isUtf8(bytes)) return
      const end = scan(bytes, 0)
      if (end === -1) return
      fast++
      expect(bytes.indexOf('\n')).toBe(end < bytes.length ? end : -1)
      const scanned = bytes.toString('utf8', 0, end)
      const result = read(scanned)
      if (result.kind !== 'row')
        expect.fail(`${JSON.stringify(scanned)} takes the fast path, but ${JSON.stringify(result)}`)
      expectSameValues(scanned, `{${result.fields}}`)
    }
    fc.assert(fc.property(lines, fc.array(mutation, { maxLength: 3 }), check), { numRuns: 20_000 })
    expect(fast).toBeGreaterThan(500)
  })
})

function expectSameValues(scanned: string, exact: string): void {
  const [raw, parsed]: Record<string, unknown>[] = [JSON.parse(scanned), JSON.parse(exact)]
  expect(Object.keys(raw ?? {})).not.toContain('_file')
  expect(Object.keys(raw ?? {})).not.toContain('_line')
  const [rawSources, exactSources] = [members(scanned), members(exact)]
  for (const { name, type, emptyIsNull } of columns) {
    expect(keysOf(scanned).filter((key) => key === name).length, 'how often a key comes').toBeLessThan(2)
    if (type.kind === 'decimal') expect(decimalOf(rawSources.get(name))).toBe(decimalOf(exactSources.get(name)))
    else {
      const value = emptyIsNull && raw?.[name] === '' ? null : raw?.[name]
      expect(Object.is(value ?? null, parsed?.[name]), `${name} of ${scanned}`).toBe(true)
    }
    const isInteger = type.kind === 'int' || type.kind === 'bigint'
    if (isInteger) expect(rawSources.get(name) ?? 'null').toBe(exactSources.get(name))
  }
}

/** A number, or the text of a number, without zeros that have no meaning. */
function decimalOf(source = 'null'): string {
  return source === 'null' ? source : writtenOut(exactNumber(source.replaceAll('"', '')))
}

/** The strings in a flat object that a colon follows. */
function keysOf(flat: string): string[] {
  return [...flat.matchAll(/("(?:[^"\\]|\\.)*")\s*(:?)/g)]
    .filter((match) => match[2] === ':')
    .map((match) => JSON.parse(match[1] ?? ''))
}
