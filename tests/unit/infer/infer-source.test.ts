/**
 * `lake infer` declares columns that hold every value of the lines it has read, and says how it
 * chose them.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as declare from '../../../framework/declare/columns.ts'
import { jsonDocuments, jsonLines } from '../../../framework/declare/format/file-format.ts'
import { writtenPlace } from '../../../framework/declare/reading/value-place.ts'
import * as api from '../../../framework/index.ts'
import { constantName, declareSource, keyFor } from '../../../framework/infer/declare-source.ts'
import { type InferredSource, SourceInference } from '../../../framework/infer/infer-source.ts'
import { lineColumns } from '../../../framework/ingest/lines/line-columns.ts'
import { lineParser } from '../../../framework/ingest/lines/parse-line.ts'
import { checkProperty } from '../../support/random/property.ts'

function infer(...lines: readonly string[]): InferredSource {
  const inference = new SourceInference()
  for (const [index, line] of lines.entries()) inference.take(line, { file: 'a.json', line: index + 1 })
  return inference.result
}

it('lake infer says how to read texts and numbers as times, if they can be times', () => {
  const remarkOn = (value: string) => /a: .*/.exec(declared(`{"a":${value}}`, `{"a":${value}}`))?.[0]
  expect(remarkOn('"31.12.2025 14:05"')).toContain(
    "timestamp({ pattern: 'dd.MM.yyyy HH:mm', zone: 'UTC' }) would read the times",
  )
  expect(remarkOn('"03/11/2025 14:05"')).toContain(
    "timestamp({ pattern: 'dd/MM/yyyy HH:mm', zone: 'UTC' }) or timestamp({ pattern: 'MM/dd/yyyy HH:mm', zone: 'UTC' })",
  )
  expect(remarkOn('"03/Nov/2025:14:05:00 +0100"')).toContain("timestamp({ pattern: 'dd/MMM/yyyy:HH:mm:ss Z' }) would")
  for (const [value, call] of [
    ['2025-11-03 14:05:01,250', "pattern: 'yyyy-MM-dd HH:mm:ss,SSS', zone: 'UTC'"],
    ['Mon, 03 Nov 2025 14:05:00 GMT', "pattern: 'EEE, dd MMM yyyy HH:mm:ss \\'GMT\\'', zone: 'UTC'"],
    ['2025-11-03T14:05', "pattern: 'yyyy-MM-dd\\'T\\'HH:mm', zone: 'UTC'"],
    ['2025-11-03T14:05+01:00', "pattern: 'yyyy-MM-dd\\'T\\'HH:mmXXX'"],
  ]) {
    expect(remarkOn(JSON.stringify(value))).toContain(`timestamp({ ${call} }) would read the times`)
  }
  expect(remarkOn('1762178700123456')).toContain("timestamp({ epoch: 'microseconds' }) would be 2025-11-03 to")
  expect(remarkOn('1762178700')).toContain("timestamp({ epoch: 'seconds' }) would be 2025-11-03 to 2025-11-03")
  expect(remarkOn('"31.12.2025"')).toContain("timestamp({ pattern: 'dd.MM.yyyy', zone: 'UTC' }) would read the days")
  expect(remarkOn('"6/26/2024 9:05 PM"')).toContain("timestamp({ pattern: 'M/d/yyyy h:mm a', zone: 'UTC' }) would")
  expect(remarkOn('"1.2"')).not.toContain('timestamp')
})

it.each(['json', 'text', 'json_documents', 'by_key', 'define_asset', 'case', 'default', 'yield', 'await'])(
  'exports a constant that can stand beside all imports from lake for the key %s',
  (key) => {
    const format = jsonDocuments()
    const inferred = infer('{"a":"x","b":1,"c":[1]}')
    const constant = constantName(key, new Set(Object.keys(api)))
    const text = declareSource({ key, constant, origin: '1 file', format, pattern: undefined, inferred })
    const imports = `const { ${Object.keys(api).join(', ')} } = lake`
    const script = text.replace(/^import .*$/m, imports).replace('export const', 'const')
    expect(() => new Function('lake', `'use strict'\nreturn async () => { ${script} }`)).not.toThrow()
    expect(text).toContain(`key: '${key}'`)
  },
)

it('lake infer says whether times have a zone', () => {
  const remarkOn = (...values: readonly string[]) =>
    /zone: 'UTC' \}\), \/\/ ([^;]*)/.exec(declared(...values.map((value) => `{"a":"${value}"}`)))?.[1]
  expect(remarkOn('2025-11-03 14:05:00')).toContain('times have no zone: UTC is a guess')
  expect(remarkOn('2025-11-03T14:05:00+0100')).toContain('each time has an offset: the zone is not used')
  expect(remarkOn('2025-11-03 14:05:00', '2025-11-03 14:05:00Z')).toContain('some times have no zone')
})

it('lake infer declares no column __proto__, which an object literal cannot have', () => {
  expect(infer('{"__proto__":1,"proto":2}').columns.map(({ name, key }) => [name, key])).toEqual([
    ['proto', '__proto__'],
    ['proto_2', 'proto'],
  ])
})

const types = (...values: readonly string[]) =>
  infer(...values.map((value) => `{"a":${value}}`)).columns.map(({ type, nullable }) => [type, nullable])

const declared = (...lines: readonly string[]) =>
  declareSource({
    ...{ key: 'orders', constant: 'orders', origin: '1 file', pattern: undefined },
    ...{ format: jsonLines(), inferred: infer(...lines) },
  })

const { text, boolean, int, bigint, double, date, timestamp } = declare
const DECLARING = { text, boolean, int, bigint, double, date, timestamp }

/** The columns of the declaration after it is loaded. */
function columnsOf({ columns }: InferredSource) {
  const declared = columns.map(({ name, key = name, type, format, nullable }) => {
    const plain =
      type.kind === 'decimal'
        ? declare.decimal(type.precision, type.scale)
        : DECLARING[type.kind as keyof typeof DECLARING]()
    const formatted = { json: declare.json, 'special-numbers': () => double({ special: true }) }
    const made = (
      format?.kind === 'time'
        ? timestamp(format.time)
        : (formatted[format?.kind as keyof typeof formatted]?.() ?? plain)
    ).from(writtenPlace({ kind: 'key', keys: [key] }))
    const column = declare.resolveColumn(name, nullable ? made.nullable() : made)
    if (!column) throw new Error(`${name} has no type`)
    return column
  })
  return lineColumns(declared)
}

describe('the type of a column', () => {
  it.each([
    [['1', '-5', '5.0', '1e2'], { kind: 'int' }],
    [['1', '100000001'], { kind: 'bigint' }],
    [['9223372036854775807'], { kind: 'bigint' }],
    [['1', '0.5', '1e300'], { kind: 'double' }],
    [['0.1', '12345678901234567.25'], { kind: 'decimal', precision: 23, scale: 2 }],
    [['9223372036854775808'], { kind: 'decimal', precision: 23, scale: 0 }],
    [['18446744073709551615'], { kind: 'decimal', precision: 24, scale: 0 }],
    [['1.00000000000000000000000000000000000000001'], { kind: 'text' }],
    [['true', 'false'], { kind: 'boolean' }],
    [['"2018-11-30"', '"1582-10-10"'], { kind: 'date' }],
    [['"2018-11-30"', '"2018-02-30"'], { kind: 'text' }],
    [['"2018-11-30T23:59:59.5Z"', '"2018-11-30T23:59:59+02:00"'], { kind: 'timestamp' }],
    [['"2018-11-30 23:59:59"', '"2018-11-30T23:59:59Z"'], { kind: 'timestamp' }],
    [['"5"'], { kind: 'text' }],
    [['5', '"five"'], { kind: 'text' }],
  ])('of %j is %j', (values, type) => {
    expect(types(...values)).toEqual([[type, false]])
  })

  it.each([
    [['null', 'null'], [[{ kind: 'text' }, true]]],
    [['1', 'null'], [[{ kind: 'int' }, true]]],
    [['1', 'true'], [[{ kind: 'text' }, false]]],
    [['{"b":1}'], [[{ kind: 'text' }, false]]],
    [['"\\ud800"'], [[{ kind: 'text' }, false]]],
  ])('of %j is %j: nullable, or JSON as text', (values, columns) => {
    expect(types(...values)).toEqual(columns)
  })

  it('is nullable if a line does not have the key', () => {
    expect(infer('{"a":1}', '{"b":2}').columns.map(({ name, nullable }) => [name, nullable])).toEqual([
      ['a', true],
      ['b', true],
    ])
  })
})

describe('NaN and infinities', () => {
  const LINES = ['{"a":1.5,"b":"x"}', '{"a":NaN,"b":"NaN"}', '{"a":-Infinity,"b":"y"}']

  it('are values of a double, bare or as text', () => {
    const inferred = infer(...LINES, '{"a":"Infinity"}')
    expect(inferred).toMatchObject({ lines: 4, refused: { lines: 0 } })
    expect(inferred.columns[0]).toMatchObject({ type: { kind: 'double' }, format: { kind: 'special-numbers' } })
    expect(inferred.columns[1]).toMatchObject({ type: { kind: 'text' } })
    const parse = lineParser(columnsOf(inferred))
    for (const line of LINES) expect(parse(line)).toMatchObject({ kind: 'row' })
  })

  it('are text if the column has other text, or numbers that a double cannot hold', () => {
    expect(types('1', '"NaN"', '"none"')).toEqual([[{ kind: 'text' }, false]])
    expect(types('9223372036854775807', '"NaN"')).toEqual([[{ kind: 'text' }, false]])
  })

  it('are refused with their line if no type of column can have them', () => {
    expect(infer('{"a":{"b":NaN}}', '{"a":1}', 'no').refused).toMatchObject({ lines: 2, first: { line: 3 } })
    expect(infer('{"a":{"b":1}}', '{"a":{"b":NaN}}').refused).toMatchObject({ lines: 1, first: { line: 2 } })
  })
})

it('the declaration refuses none of the lines from which it was inferred', async () => {
  const value = fc.oneof(
    fc.json({ maxDepth: 1 }),
    fc.bigInt().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.constantFrom(
      '1.50',
      '1e400',
      '-0',
      '0.1',
      '"NaN"',
      '"-Infinity"',
      '"2018-11-30"',
      '"2018-11-30T00:00:00Z"',
      '"2018-11-30 00:00:00"',
      '""',
      '"é"',
      'null',
    ),
  )
  const line = fc
    .dictionary(
      fc.constantFrom('a', 'b', 'c', 'A', 'with space', 'with-space', '$.a', "it's", '1', '', '_file', '__proto__'),
      value,
    )
    .map((members) => {
      const written = Object.entries(members).map(([key, text]) => `${JSON.stringify(key)}:${text}`)
      return `{${written.join(',')}}`
    })
  await checkProperty(
    'inferred sources',
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 12 }), async (lines) => {
      const parse = lineParser(columnsOf(infer(...lines)))
      for (const one of lines) expect(parse(one)).toMatchObject({ kind: 'row' })
    }),
    500,
  )
})

describe('the declaration', () => {
  it('says in comments how it was chosen', () => {
    expect(
      declared(
        '{"id":1,"at":1541121934796,"level":"free","price":1.5,"note":"","deep":{},"it\'s-at":"2018-11-30 10:00:00"}',
        '{"id":2,"at":1541122241796,"level":"paid","price":2,"note":"x","Level":1}',
        'oops',
        '  ',
      ),
    ).toBe(`import { bigint, defineSource, double, int, json, text, timestamp } from 'lake'

// 1 file, 3 lines.
// 1 of them will be refused, because they hold no JSON object: the first is a.json:3.
// Another value in each line: id, at, level, price, note.
export const orders = defineSource({
  key: 'orders',
  columns: {
    id: int(),
    at: bigint(), // timestamp({ epoch: 'milliseconds' }) would be 2018-11-02 to 2018-11-02
    level: text(), // only "free", "paid"
    price: double(), // decimal(6, 1) would hold them too
    note: text(), // empty once: emptyAsNull() reads that as null; only "", "x"
    deep: json().nullable(), // missing once; \`lake help nested-values\` shows array()
    it_s_at: timestamp({ zone: 'UTC' }).from('it\\'s-at').nullable(), // times have no zone: UTC is a guess; missing once
    Level_2: int().from('Level').nullable(), // missing once
  },
})
`)
  })

  it('says how to read numbers with a comma', () => {
    const text = declared('{"a":"12,50","b":"1,5"}', '{"a":"-100,125","b":"none"}', '{"a":20000,"b":""}')
    expect(text).toContain("; in a csv format with decimalPoint: ',' it would be decimal(12, 3)")
    expect(text).toMatch(/b: text\(\), .*only "1,5", "none", ""$/m)
  })

  it('says how to read numbers with groups of three digits', () => {
    const remarkOn = (...values: readonly string[]) =>
      /in a csv format .*/.exec(declared(...values.map((value) => `{"a":${value}}`)))?.[0]
    expect(remarkOn('"1.234,50"', '"7,5"', '12')).toBe(
      "in a csv format with decimalPoint: ',', thousands: '.' it would be decimal(10, 2)",
    )
    expect(remarkOn('"-1,234,567.5"', '99.125')).toBe("in a csv format with thousands: ',' it would be decimal(14, 3)")
    expect(remarkOn('"1,234"')).toBe(
      "in a csv format with thousands: ',' it would be decimal(8, 0), or with decimalPoint: ',' it would be decimal(8, 3)",
    )
    for (const texts of [
      ['"0,012"', '1.5'],
      ['"1.234,50"', '1.5'],
      ['"12.34,5"'],
      ['"007"'],
      ['"1,234.5"', '"12,5"'],
    ]) {
      expect(remarkOn(...texts)).toBeUndefined()
    }
  })

  it('says how to read a part of an object', () => {
    const text = declared('{"user":{"a b":{"x":1}},"ctx":{},"items":[{"sku":1}]}')
    expect(text).toContain("user: json(), // a column text().from('$.user[\\'a b\\']') would hold a part\n")
    expect(text).toContain('items: json(), // `lake help nested-values` shows array()\n')
  })

  it('contains text of the source only within its comments', () => {
    const text = declared('{"a":"x\\u2028import y","b":"\\n}","ke\\ny":1}', '{"a":"z","b":"w"}')
    expect(text.split(/[\n\u2028\u2029]/).filter((line) => /import y|^}$|^y/.test(line))).toEqual([
      expect.stringContaining('    a: text(), // only'),
    ])
  })
})

it.each([
  ['log_data', 'log_data'],
  ['Log Data-2018', 'log_data_2018'],
  ['2018', 'source'],
  ['2018-orders', 'orders'],
  ['…', 'source'],
])('a directory %j gives the key %j', (name, key) => {
  expect(keyFor(name)).toBe(key)
})
