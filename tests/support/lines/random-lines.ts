/** Random files of lines, with every kind of mistake that lines can have. */
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import {
  array,
  bigint,
  binary,
  boolean,
  date,
  decimal,
  double,
  emptyAsNull,
  int,
  map,
  struct,
  text,
  timestamp,
} from '../../../framework/declare/columns.ts'
import { lineColumnsOf } from './declared.ts'

/** A column of each type, two of which are required. */
export const mixedColumns = lineColumnsOf({
  t: text(),
  i: int(),
  b: bigint().nullable(),
  s: text().nullable(),
  d: double().nullable(),
  e: emptyAsNull(),
  flag: boolean().nullable(),
  price: decimal(5, 2).nullable(),
  wide: decimal(38, 10).nullable(),
  day: date().nullable(),
  at: timestamp().nullable(),
  bytes: binary().nullable(),
  clé: text().nullable(),
  list: array(int().nullable()).nullable(),
  counts: map(text(), double().nullable()).nullable(),
  years: map(int(), date()).nullable(),
  parts: struct({ t: text().nullable(), list: array(array(date())).nullable(), i: int() }).nullable(),
  pieces: array(binary().nullable()).nullable(),
})

const digits = (least: number, most: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: least, maxLength: most })
    .map((all) => all.join('').replace(/^0+(?=\d)/, ''))
const written = fc
  .tuple(
    fc.constantFrom('', '-'),
    digits(1, 40),
    fc.option(fc.stringMatching(/^\d{1,12}0{0,9}$/)),
    fc.option(fc.stringMatching(/^[eE][+-]?\d{1,3}$/), { freq: 2 }),
  )
  .map(([sign, whole, fraction, power]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${power ?? ''}`)
const numbers = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.double({ noNaN: true }).map(String),
  fc.integer({ min: -2_000_000, max: 2_000_000 }).map((cents) => (cents / 1000).toString()),
  written,
  fc.constantFrom('-0', '-0.0', '01', '1e5', '1.0', '1e400', '-', '1.', '.5', '+1', '2147483648', '-2147483648'),
  fc.constantFrom('9223372036854775807', '-9223372036854775809', '1e999999999999999999999', '0e-99999999999999999999'),
  fc.constantFrom('１', '٣', '1_000', '0x10', 'NaN', 'Infinity', '-Infinity', '1e', '1e+', '5e-324', '2.5e-324'),
)

const number = (most: number, length: number) => fc.nat(most).map((value) => String(value).padStart(length, '0'))
const days = fc
  .tuple(fc.oneof(number(9999, 4), fc.constantFrom('0001', '2000', '1900', '9999')), number(13, 2), number(32, 2))
  .map((parts) => parts.join('-'))
const zones = fc.oneof(
  fc.constantFrom('Z', '', 'z', '+00:00', '-00:00', '+23:59', '-23:59', '+24:00', '+0100', ' Z'),
  fc.tuple(fc.constantFrom('+', '-'), number(24, 2), number(60, 2)).map(([sign, h, m]) => `${sign}${h}:${m}`),
)
const moments = fc
  .tuple(days, fc.constantFrom('T', 'T', 'T', 't', ' '), number(24, 2), number(60, 2), number(60, 2))
  .map(([day, t, h, m, s]) => `${day}${t}${h}:${m}:${s}`)
const times = fc
  .tuple(moments, fc.option(fc.stringMatching(/^\d{0,6}0{0,4}\d?$/)), zones)
  .map(([moment, fraction, zone]) => `${moment}${fraction === null ? '' : `.${fraction}`}${zone}`)
const base64 = fc.oneof(
  { weight: 9, arbitrary: fc.uint8Array({ maxLength: 7 }).map((bytes) => Buffer.from(bytes).toString('base64')) },
  { weight: 1, arbitrary: fc.stringMatching(/^[A-Za-z0-9+/_=-]{0,9}$/) },
)
const strings = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
  fc.string({ unit: 'grapheme', minLength: 50, maxLength: 70 }).map((value) => JSON.stringify(value)),
  days.map((day) => `"${day}"`),
  times.map((time) => `"${time}"`),
  base64.map((text) => `"${text}"`),
  fc.constantFrom('""', '"\\u0000"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud800\\u0041"', '"a\\"'),
  fc.constantFrom(
    '"\\/"',
    '"\\u004"',
    '"\\u12g4"',
    '"\\u 123"',
    '"\\U0041"',
    '"\\x41"',
    '"\\\'"',
    '"\u007f\u2028\u0085"',
  ),
)

const nested = fc.oneof(
  fc.json(),
  fc
    .tuple(fc.constantFrom('[', '{"a":', '[[],{"t":', '{"":[ '), fc.constantFrom(1, 2, 5, 300, 998, 2000), fc.boolean())
    .map(([open, depth, isWhole]) => `${open.repeat(depth)}1${isWhole ? closing(open).repeat(depth) : ']'}`),
)

function closing(open: string): string {
  const closers = [...open].map((character) => ({ '[': ']', '{': '}' })[character] ?? '')
  return open === '[[],{"t":' ? '}]' : closers.reverse().join('')
}

const values = fc.oneof(
  { weight: 4, arbitrary: numbers },
  { weight: 4, arbitrary: strings },
  { weight: 1, arbitrary: nested },
  { weight: 2, arbitrary: fc.constantFrom('null', 'true', 'false', 'nul', 'True', 'undefined', '') },
)
const elements = fc.oneof({ weight: 9, arbitrary: fc.integer().map(String) }, { weight: 1, arbitrary: values })
const listOf = (element: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.array(element, { maxLength: 3 }), fc.constantFrom(',', ' , ', ',\t'))
    .map(([all, comma]) => `[${all.join(comma)}]`)
const objectOf = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(key, value), { maxLength: 4 })
    .map((all) => `{${all.map(([name, one]) => `${name}:${one}`).join(',')}}`)
const typedValues: Readonly<Record<string, fc.Arbitrary<string>>> = {
  i: fc.integer().map(String),
  counts: objectOf(strings, fc.oneof({ weight: 9, arbitrary: numbers }, { weight: 1, arbitrary: values })),
  years: objectOf(
    fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: -20, max: 20 }).map((year) => `"${year}"`) },
      { weight: 1, arbitrary: fc.constantFrom('"9.0"', '"1e1"', '"x"', '"\\ud800"') },
    ),
    days.map((day) => `"${day}"`),
  ),
  list: listOf(fc.oneof(elements, fc.constant('null'))),
  parts: fc
    .tuple(
      fc.oneof(
        fc.constant('"i":1'),
        elements.map((value) => `"i":${value}`),
      ),
      fc.option(values.map((value) => `"t":${value}`)),
      fc.option(
        listOf(fc.oneof(listOf(days.map((day) => `"${day}"`)), fc.constant('null'))).map((value) => `"list":${value}`),
      ),
    )
    .map((members) => `{${members.filter((member) => member !== null).join(',')}}`),
  b: fc.maxSafeInteger().map(String),
  d: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  price: fc.integer({ min: -99_999, max: 99_999 }).map((cents) => String(cents / 100)),
  wide: written,
  day: days.map((day) => `"${day}"`),
  at: times.map((time) => `"${time}"`),
  bytes: base64.map((text) => `"${text}"`),
  pieces: listOf(
    fc.oneof(
      base64.map((text) => `"${text}"`),
      fc.constant('null'),
    ),
  ),
  flag: fc.constantFrom('true', 'false'),
}

const spaces = fc.constantFrom('', '', '', '', '', ' ', '\t', '\r', '  ', '\u00a0', '\f', '\ufeff', '\u0085')
const rarely = <Value>(usual: fc.Arbitrary<Value>, rare: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 29, arbitrary: usual }, { weight: 1, arbitrary: rare })
const sometimes = <Value>(usual: fc.Arbitrary<Value>, other: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: other })
const nothing = fc.constant('')
const declared = fc
  .constantFrom(...mixedColumns.map(({ name }) => name))
  .chain((name) =>
    sometimes(typedValues[name] ?? strings, values).map((value) => ({ key: JSON.stringify(name), value })),
  )
const undeclared = fc.record({
  key: fc.constantFrom(
    '"x"',
    '""',
    '"_file"',
    '"_line"',
    '"\\u0074"',
    '"\\u0069"',
    '"cl\\u00e9"',
    '"__proto__"',
    '"T"',
    't',
  ),
  value: values,
})
const member = fc
  .tuple(rarely(nothing, spaces), rarely(declared, undeclared), rarely(nothing, spaces))
  .map(([before, { key, value }, after]) => `${before}${key}${after}:${before}${value}${after}`)
const required = fc.tuple(rarely(strings, numbers), fc.integer()).map(([t, i]) => [`"t":${t}`, `"i":${i}`])
const objects = fc
  .tuple(required, fc.array(member, { maxLength: 8 }), fc.boolean(), rarely(nothing, spaces))
  .map(([own, others, first, around]) => {
    const all = first ? [...own, ...others] : [...others, ...own]
    return `${around}{${all.join(',')}}${around}`
  })
const lines = fc.oneof(
  { weight: 20, arbitrary: objects },
  { weight: 1, arbitrary: values },
  { weight: 1, arbitrary: fc.array(spaces).map((all) => all.join('')) },
)

const inserted = fc.oneof(
  fc.constantFrom('', '"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', '\n', '\r', '\0', '\x1f').map(utf8),
  fc.constantFrom(' ', '\u00a0', 'é', '\u2028', '😀', '\\u', 'd8', '\\ud83d', ',"t":1', ',"i":"x"', 'null').map(utf8),
  fc.uint8Array({ minLength: 1, maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom('c3', 'f09f98', 'eda080', 'f4908080', 'c080', 'e282', 'ff', 'efbbbf')
    .map((hex) => Buffer.from(hex, 'hex')),
)

function utf8(written: string): Buffer {
  return Buffer.from(written)
}

const damage = fc.record({ at: fc.nat(500), remove: fc.constantFrom(0, 0, 1, 2, 10, 1000), insert: inserted })
const damages = fc.oneof(
  { weight: 3, arbitrary: fc.array(damage, { maxLength: 0 }) },
  { weight: 1, arbitrary: fc.array(damage, { minLength: 1, maxLength: 3 }) },
)
const damagedLines = fc.tuple(lines, damages).map(([line, all]) =>
  all.reduce<Buffer>((bytes, { at, remove, insert }) => {
    const place = bytes.length === 0 ? 0 : at % bytes.length
    return Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + remove)])
  }, utf8(line)),
)
const lineEnds = fc.constantFrom('\n', '\n', '\n', '\r\n', '\r\r\n', '\n\n')

/**
 * A file of `count` lines. Most lines are valid objects with these columns. Others have wrong
 * values or damaged bytes.
 */
export function randomFiles(count: number): fc.Arbitrary<Buffer> {
  const whole = fc.array(fc.tuple(damagedLines, lineEnds), { minLength: 1, maxLength: count, size: 'max' })
  return fc
    .tuple(rarely(nothing, fc.constant('\ufeff')), whole, fc.constantFrom('', '{"t":"x","i":1}\r', '\r'))
    .map(([mark, all, last]) =>
      Buffer.concat([utf8(mark), ...all.flatMap(([line, end]) => [line, utf8(end)]), utf8(last)]),
    )
}
