// How lake makes a row or a reject from a line.
import { describe, expect, it } from 'vitest'
import {
  array,
  bigint,
  binary,
  boolean,
  type ColumnSchemas,
  date,
  decimal,
  double,
  emptyAsNull,
  int,
  map,
  oneOf,
  struct,
  text,
  timestamp,
} from '../../../framework/declare/columns.ts'
import { lineParser } from '../../../framework/ingest/lines/parse-line.ts'
import { lineColumnsOf } from '../../support/lines/declared.ts'

function read(schemas: ColumnSchemas, line: string): string {
  const result = lineParser(lineColumnsOf(schemas))(line)
  switch (result.kind) {
    case 'row':
      return result.fields
    case 'reject':
      return `rejected: ${result.reason}`
    case 'blank':
      return 'blank'
  }
}

/** The result for `value` in a line, in a column of this schema. */
function value(schema: ColumnSchemas[string], source: string): string {
  const fields = read({ v: schema }, `{"v":${source}}`)
  return fields.startsWith('"v":') ? fields.slice(4) : fields
}

describe('a nested value', () => {
  const parts = { v: struct({ city: text(), zip: int().nullable() }) }

  it('is read at any depth by the rules of its parts', () => {
    expect(value(array(int()), '[1, 2.0 ,3e0]')).toBe('[1,2,3]')
    expect(value(array(text().nullable()), '[ ]')).toBe('[]')
    expect(value(array(text().nullable()), '["a",null,1.50]')).toBe('["a",null,"1.50"]')
    expect(value(array(decimal(5, 2)), '[1.20]')).toBe('["1.2"]')
    expect(value(array(array(int())), '[[],[1,2],[[]]]')).toBe(
      'rejected: v: element 3: element 1: expected an integer, got an array',
    )
    expect(read(parts, '{"v":{"x":[1],"zip":null,"city":"a","city":"b"}}')).toBe('"v":{"city":"b","zip":null}')
    expect(read(parts, '{"v":{"city":"]}"}}')).toBe('"v":{"city":"]}","zip":null}')
  })

  it('is read from the key that its declaration names', () => {
    const columns = {
      tags: array(text()).from('user-tags'),
      place: struct({ city: text() }).from('$.user.address').nullable(),
      counts: map(text(), int()).nullable().from('word-counts'),
    }
    const line = '{"user-tags":["a"],"user":{"address":{"city":"b"}},"word-counts":{"c":1},"tags":["d"]}'
    expect(read(columns, line)).toBe('"user-tags":["a"],"lake.place":{"city":"b"},"word-counts":{"c":1}')
  })

  it('has parts in the formats of their declarations', () => {
    const special = array(double({ special: true }).nullable())
    expect(value(special, '["NaN",1.5,null,"-Infinity"]')).toBe('["NaN",1.5,null,"-Infinity"]')
    expect(value(special, '[NaN,-Infinity]')).toBe('["NaN","-Infinity"]')
    expect(value(special, '["nan"]')).toBe('rejected: v: element 1: expected a number, got "nan"')
    expect(value(array(double()), '[NaN]')).toMatch(/^rejected: not JSON/)
    expect(value(array(array(special)), '[[[NaN]]]')).toBe('[[["NaN"]]]')
    const mixed = struct({ a: double(), b: double({ special: true }), at: timestamp({ epoch: 'seconds' }) })
    expect(value(mixed, '{"a":1,"b":NaN,"at":1}')).toBe('{"a":1,"b":"NaN","at":"1970-01-01T00:00:01.000000Z"}')
    expect(value(mixed, '{"a":NaN,"b":1,"at":1}')).toBe('rejected: v: a: expected a number, got "NaN"')
    expect(value(map(text(), binary('hex')), '{"x":"00FF"}')).toBe(String.raw`{"x":"\\x00\\xFF"}`)
  })

  it('is refused, and the reason says in which part the mistake is', () => {
    expect(value(array(int()), '{}')).toBe('rejected: v: expected an array, got an object')
    expect(value(array(int()), '[1,null]')).toBe('rejected: v: element 2 is null')
    expect(value(array(int()), '[1,"x"]')).toBe('rejected: v: element 2: expected an integer, got "x"')
    expect(read(parts, '{"v":[]}')).toBe('rejected: v: expected an object, got an array')
    expect(read(parts, '{"v":{}}')).toBe('rejected: v: city is missing')
    expect(read(parts, '{"v":{"city":null}}')).toBe('rejected: v: city is null')
    expect(read(parts, '{"v":{"city":"a","zip":1.5}}')).toBe('rejected: v: zip: expected an integer, got 1.5')
    expect(read(parts, '{"v":null}')).toBe('rejected: v is null')
  })
})

describe('a line', () => {
  it('is a row of all declared columns in their order; missing columns are null', () => {
    expect(read({ a: text(), b: int().nullable() }, ' { "x" : 1 , "a" : "y" } ')).toBe('"a":"y","b":null')
  })

  it('is blank if it has only white space', () => {
    for (const line of ['', ' ', '\t \r']) expect(read({ a: text() }, line)).toBe('blank')
  })

  it('is refused if a required column is missing or null', () => {
    expect(read({ song_id: text() }, '{}')).toBe('rejected: song_id is missing')
    expect(read({ song_id: text() }, '{"song_id":null}')).toBe('rejected: song_id is null')
    expect(read({ a: text().nullable() }, '{"a":null}')).toBe('"a":null')
  })

  it('is refused if it is not strict JSON; the reason has the message of the parser, without the line', () => {
    const bad = [
      '{"a":x}',
      '{"a":1',
      '{"a":1,}',
      "{'a':1}",
      '{"a":01}',
      '{"a":NaN}',
      '{"a":"\t"}',
      '{} {}',
      'undefined',
    ]
    for (const line of bad) expect(read({ a: text().nullable() }, line)).toMatch(/^rejected: not JSON/)
    expect(read({ a: text() }, `{"a":x${'y'.repeat(200)}}`)).toBe("rejected: not JSON: Unexpected token 'x'")
    expect(read({ a: text() }, '{"a":1 "b":2}')).not.toContain('"b"')
    expect(read({ a: text() }, '"""')).not.toContain('is not valid')
    expect(read({ a: text() }, '{"a":😀}')).not.toMatch(/\p{Surrogate}/u)
  })

  it('is refused if it is JSON but not an object', () => {
    expect(read({}, '[1]')).toBe('rejected: expected an object, got an array')
    expect(read({}, '"{}"')).toBe('rejected: expected an object, got a string')
    expect(read({}, 'null')).toBe('rejected: expected an object, got null')
  })

  it('has the last value of a repeated key, even if the key is escaped in different ways', () => {
    expect(read({ a: text() }, '{"a":1,"b":2,"a":1.50}')).toBe('"a":"1.50"')
    expect(read({ a: int() }, '{"a":"x","\\u0061":2}')).toBe('"a":2')
    expect(read({ a: int() }, '{"a":1,"a":"x"}')).toBe('rejected: a: expected an integer, got "x"')
    expect(read({ a: int() }, '{"a":1,"a":null}')).toBe('rejected: a is null')
  })

  it('ignores keys that are not declared, including nested keys of the same name', () => {
    const line = String.raw`{"n":{"a":[1,"}",{"a":7}]},"s":"\\\",\"a\":8","a":5e0,"o":[[],{}],"u":"\ud800","__proto__":{"a":9}}`
    expect(read({ a: text() }, line)).toBe('"a":"5e0"')
    expect(read({ a: int() }, line)).toBe('"a":5')
  })

  it('can be nested 100,000 levels deep', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect(read({ a: int() }, `{"d":${deep},"a":1}`)).toBe('"a":1')
    expect(read({ a: int() }, `{"a":${deep}}`)).toBe('rejected: a: expected an integer, got an array')
  })

  it('can have declared columns with names that JSON escapes or that JavaScript objects have', () => {
    expect(read({ 'a"b': int(), constructor: int().nullable() }, String.raw`{"a\"b":1}`)).toBe(
      String.raw`"a\"b":1,"constructor":null`,
    )
  })
})

describe('text', () => {
  it('can be a string, or a number as it was written', () => {
    expect(value(text(), '"é"')).toBe('"é"')
    for (const number of ['5', '1.50', '5e0', '-0', '1E400', '12345678901234567890.0']) {
      expect(value(text(), number)).toBe(`"${number}"`)
    }
  })

  it('cannot be anything else, even if null is allowed', () => {
    expect(value(text().nullable(), 'true')).toBe('rejected: v: expected text, got true')
    expect(value(text().nullable(), '{"a":1}')).toBe('rejected: v: expected text, got an object')
    expect(value(text().nullable(), '[]')).toBe('rejected: v: expected text, got an array')
  })

  it('can contain NUL and surrogate pairs, but no lone surrogate', () => {
    expect(value(text(), String.raw`"a\u0000b"`)).toBe(String.raw`"a\u0000b"`)
    expect(value(text(), String.raw`"\ud83d\ude00"`)).toBe(String.raw`"\ud83d\ude00"`)
    for (const half of [String.raw`"\ud800"`, String.raw`"\uDC00x"`, String.raw`"\ude00\ud83d"`]) {
      expect(value(text(), half)).toMatch(/^rejected: v: holds a lone surrogate/)
    }
    expect(value(text(), String.raw`"\\ud800"`)).toBe(String.raw`"\\ud800"`)
  })

  it('is null if it is empty, but only if the column declares that', () => {
    expect(value(text(), '""')).toBe('""')
    expect(value(emptyAsNull(), '""')).toBe('null')
    expect(value(emptyAsNull(), '" "')).toBe('" "')
  })
})

describe('an integer', () => {
  it('can be written as any number with an integer value', () => {
    const five = ['5', '5.0', '5e0', '50e-1', '0.5e1', '5.000', '5E+0']
    for (const written of five) expect(value(int(), written)).toBe('5')
    expect(value(int(), '-0.0')).toBe('0')
    expect(value(int(), '0e999')).toBe('0')
    expect(value(bigint(), '1e18')).toBe('1000000000000000000')
  })

  it('cannot have a fraction, however small', () => {
    for (const written of ['4.7', '1e-1', '5.00000000000000000001', '4503599627370497.4', '1e-400']) {
      expect(value(bigint(), written)).toBe(`rejected: v: expected an integer, got ${written}`)
    }
  })

  it('must be within the range of its type, to the last digit', () => {
    expect(value(int(), '2147483647')).toBe('2147483647')
    expect(value(int(), '-2147483648')).toBe('-2147483648')
    expect(value(int(), '2147483648')).toBe('rejected: v: 2147483648 does not fit int')
    expect(value(bigint(), '9007199254740993')).toBe('9007199254740993')
    expect(value(bigint(), '9223372036854775807')).toBe('9223372036854775807')
    expect(value(bigint(), '-9223372036854775808')).toBe('-9223372036854775808')
    expect(value(bigint(), '9223372036854775808')).toBe('rejected: v: 9223372036854775808 does not fit bigint')
    expect(value(bigint(), '-9223372036854775809')).toMatch(/does not fit bigint/)
    expect(value(bigint(), '1e999999999999')).toMatch(/does not fit bigint/)
    expect(value(bigint(), `1${'0'.repeat(1000)}e-1000`)).toBe('1')
  })

  it('cannot be text', () => {
    expect(value(int(), '"1999"')).toBe('rejected: v: expected an integer, got "1999"')
  })

  it('can have a million zeros', () => {
    expect(value(int(), `1${'0'.repeat(1_000_000)}1`)).toMatch(/does not fit int/)
  })
})

describe('a double', () => {
  it('can be any number that does not overflow', () => {
    expect(value(double(), '1.50')).toBe('1.5')
    expect(value(double(), '5e-324')).toBe('5e-324')
    expect(value(double(), '-0')).toBe('-0.0')
    expect(value(double(), '1e309')).toBe('rejected: v: 1e309 does not fit double')
    expect(value(double(), `-1${'0'.repeat(400)}`)).toMatch(/^rejected: v: -10+… does not fit double$/)
    expect(value(double(), '"1.5"')).toBe('rejected: v: expected a number, got "1.5"')
  })
})

describe('a decimal', () => {
  it('is a number that fits its precision and scale exactly, written as text', () => {
    const price = decimal(5, 2)
    expect(value(price, '1.5')).toBe('"1.5"')
    expect(value(price, '-0.050')).toBe('"-0.05"')
    expect(value(price, '1.5e2')).toBe('"150"')
    expect(value(price, '0.0')).toBe('"0"')
    expect(value(price, '-0.0')).toBe('"0"')
    expect(value(price, '999.99')).toBe('"999.99"')
    expect(value(price, '1000')).toBe('rejected: v: 1000 does not fit decimal(5,2)')
    expect(value(price, '1.555')).toBe('rejected: v: 1.555 does not fit decimal(5,2)')
    expect(value(price, '"1.5"')).toBe('"1.5"')
    expect(value(decimal(38, 2), '123456789012345678901234567890123456.78')).toBe(
      '"123456789012345678901234567890123456.78"',
    )
  })
})

describe('a boolean', () => {
  it('is true or false', () => {
    expect(value(boolean(), 'true')).toBe('true')
    expect(value(boolean(), 'false')).toBe('false')
    for (const other of ['1', '"true"', '[]']) expect(value(boolean(), other)).toMatch(/expected true or false/)
  })
})

describe('a date', () => {
  it('is a day of the calendar', () => {
    for (const day of ['"2018-11-30"', '"2000-02-29"', '"2016-02-29"', '"0001-01-01"'])
      expect(value(date(), day)).toBe(day)
    const others = [
      '"2018-02-29"',
      '"1900-02-29"',
      '"2018-04-31"',
      '"2018-13-01"',
      '"0000-01-01"',
      '"2018-1-1"',
      '20181130',
    ]
    for (const other of others) expect(value(date(), other)).toMatch(/^rejected: v: expected a date/)
  })
})

describe('a timestamp', () => {
  it('is a moment with a time zone', () => {
    const moments = ['"2018-11-30T23:59:59Z"', '"2018-11-30T23:59:59.123456+05:30"', '"2018-11-30T00:00:00.1-08:00"']
    for (const moment of moments) expect(value(timestamp(), moment)).toBe(moment)
    expect(value(timestamp(), String.raw`"2018-11-30T23:59:59\u005a"`)).toBe('"2018-11-30T23:59:59Z"')
    const others = [
      '"2018-11-30T23:59:59"',
      '"2018-11-30"',
      '"2018-11-31T00:00:00Z"',
      '"2018-11-30T24:00:00Z"',
      '"2018-11-30T23:59:59.1234567891Z"',
      '"0001-01-01T00:00:00+01:00"',
      '1543622399000',
    ]
    for (const other of others) expect(value(timestamp(), other)).toMatch(/^rejected: v: expected a time/)
  })

  it('can have up to nine digits of a second; those after the sixth are zero, or an option drops them', () => {
    const fine = "has parts of a microsecond, which nanoseconds: 'truncate' would drop"
    expect(value(timestamp(), '"2018-11-30T23:59:59.123456000Z"')).toBe('"2018-11-30T23:59:59.123456Z"')
    expect(value(timestamp(), '"2018-11-30T23:59:59.0000000+05:30"')).toBe('"2018-11-30T23:59:59.000000+05:30"')
    expect(value(timestamp(), '"2018-11-30T23:59:59.123456001Z"')).toBe(
      `rejected: v: "2018-11-30T23:59:59.123456001Z" ${fine}`,
    )
    const truncated = timestamp({ nanoseconds: 'truncate' })
    expect(value(truncated, '"1969-12-31T23:59:59.999999999Z"')).toBe('"1969-12-31T23:59:59.999999Z"')
    expect(value(truncated, '"2018-11-30T23:59:59.5+01:00"')).toBe('"2018-11-30T22:59:59.500000Z"')
    for (const local of ['2018-11-30T23:59:59.5', '2018-11-30 23:59:59Z', '2018-11-30T23:59:59+0100']) {
      expect(value(truncated, `"${local}"`)).toBe(
        `rejected: v: expected a time like "2018-11-30T23:59:59Z", got "${local}"`,
      )
    }
    const zone = 'Europe/Paris'
    expect(value(timestamp({ zone }), '"2018-11-30 23:59:59.1234567"')).toMatch(fine)
    expect(value(timestamp({ zone, nanoseconds: 'truncate' }), '"2018-11-30 23:59:59.1234567"')).toBe(
      '"2018-11-30T22:59:59.123456Z"',
    )
    const seconds = (written: string) => value(timestamp({ epoch: 'seconds', nanoseconds: 'truncate' }), written)
    expect(seconds('1.0000019')).toBe('"1970-01-01T00:00:01.000001Z"')
    expect(seconds('-0.0000001')).toBe('"1969-12-31T23:59:59.999999Z"')
    expect(seconds('-1e-999999999')).toBe('"1969-12-31T23:59:59.999999Z"')
    expect(seconds('1e-999999999')).toBe('"1970-01-01T00:00:00.000000Z"')
    expect(value(timestamp({ epoch: 'seconds' }), '1.0000001')).toBe(`rejected: v: 1.0000001 ${fine}`)
  })
})

describe('bytes', () => {
  it('are exact base64, and lake packs them in the form that DuckDB reads', () => {
    expect(value(binary(), '"QUI="')).toBe('"AB"')
    expect(value(binary(), '""')).toBe('""')
    expect(value(binary(), '"AP+A"')).toBe(String.raw`"\\x00\\xFF\\x80"`)
    expect(value(binary(), '"\\u0041P+A"')).toBe(String.raw`"\\x00\\xFF\\x80"`)
    expect(value(binary(), '"IlwneA=="')).toBe(String.raw`"\\x22\\x5C'x"`)
    expect(value(array(binary().nullable()), '["QQ==",null]')).toBe('["A",null]')
  })

  it.each(['"QQ"', '"QQ="', '"QR=="', '"QUI=\\n"', '"-_8="', '" QUI="', '"QUI=QUI="', '"QU\\u0131="', '12', 'true'])(
    'are refused in %s, which is not exactly base64',
    (source) => expect(value(binary(), source)).toBe(`rejected: v: expected base64, got ${source}`),
  )

  it('can be written as hexadecimal digits, or as base64 for URLs', () => {
    for (const written of ['"00ffAB"', '"00FFab"']) {
      expect(value(binary('hex'), written)).toBe(String.raw`"\\x00\\xFF\\xAB"`)
    }
    for (const written of ['"-_8"', '"-_8="'])
      expect(value(binary('base64url'), written)).toBe(String.raw`"\\xFB\\xFF"`)
    for (const written of ['"0"', '"0g"', '" 00"', '"00 "', '"0x00"', '"\\u0660\\u0660"']) {
      expect(value(binary('hex'), written)).toMatch(/^rejected: v: expected two hexadecimal digits for each byte, got/)
    }
    for (const written of ['"+/8"', '"-_8=="', '"-_9"', '"A"', '"-_8= "']) {
      expect(value(binary('base64url'), written)).toMatch(/^rejected: v: expected base64url, got/)
    }
  })
})

describe('a value of a column with refinements', () => {
  it.each<[ColumnSchemas[string], string, string]>([
    [int().min(0), '-1', 'rejected: v: expected >= 0, got -1'],
    [int().min(0), '-0', '0'],
    [int().min(0).max(9), '10', 'rejected: v: expected <= 9, got 10'],
    [
      bigint().gt(9_007_199_254_740_992n),
      '9007199254740992',
      'rejected: v: expected > 9007199254740992, got 9007199254740992',
    ],
    [bigint().gt(9_007_199_254_740_992n), '9007199254740993', '9007199254740993'],
    [double().lt(0.5), '0.5', 'rejected: v: expected < 0.5, got 0.5'],
    [int().multipleOf(5), '7', 'rejected: v: expected a multiple of 5, got 7'],
    [text().min(1), '""', 'rejected: v: expected a length >= 1, got ""'],
    [text().max(1), '"😀"', '"😀"'],
    [text().length(4), '1.50', '"1.50"'],
    [text().regex(/^\d+$/), '"12a"', 'rejected: v: expected text that matches /^\\d+$/, got "12a"'],
    [oneOf('free', 'paid'), '"gold"', 'rejected: v: expected one of free, paid, got "gold"'],
    [oneOf('free', 'paid').nullable(), 'null', 'null'],
    [
      timestamp().max(new Date(0)),
      '"1970-01-01T00:00:00.000001Z"',
      'rejected: v: expected <= 1970-01-01T00:00:00.000Z, got "1970-01-01T00:00:00.000001Z"',
    ],
    [int().min(0), '"x"', 'rejected: v: expected an integer, got "x"'],
  ])('satisfies its refinements, or the line is refused: %#', (schema, source, result) => {
    expect(value(schema, source)).toBe(result)
  })
})
