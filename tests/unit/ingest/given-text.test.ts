/** How lake turns rows that code gives into lines, and which values no line can hold exactly. */
import { describe, expect, it } from 'vitest'
import { resolveColumn } from '../../../framework/declare/columns.ts'
import { array, bigint, binary, double, int, json, map, struct, text, timestamp } from '../../../framework/index.ts'
import { members } from '../../../framework/ingest/lines/json-members.ts'
import { lineRules } from '../../../framework/ingest/lines/line-columns.ts'
import { valueParser } from '../../../framework/ingest/lines/parse-value.ts'
import { givenText } from '../../../framework/ingest/rows/given-text.ts'

const declared = Object.entries({
  id: bigint(),
  name: text().nullable(),
  size: double(),
  at: timestamp(),
  raw: json(),
  bytes: binary(),
  hex: binary('hex').nullable(),
  url: binary('base64url'),
  pieces: array(binary()),
  parts: array(struct({ id: bigint() })),
  counts: map(text(), bigint()),
  digests: array(binary('hex').nullable()).nullable(),
  keyed: map(text(), struct({ hash: binary('hex').nullable(), raw: binary(), urls: array(binary('base64url')) })),
  byId: map(bigint(), text()),
  byDay: map(int(), array(map(text(), binary('hex')))),
}).flatMap(([name, schema]) => resolveColumn(name, schema) ?? [])
const columns = new Map(declared.map((column) => [column.name, column]))

const line = (row: unknown) => {
  const given = givenText(row, columns)
  return given.kind === 'line' ? given.line : `${given.reason} <${given.text}>`
}

describe('a row that code gives', () => {
  it.each([
    [{ id: 9007199254740993n, name: 'Zoë\n', size: -0 }, '{"id":9007199254740993,"name":"Zoë\\n","size":-0}'],
    [{ id: 1, name: null, size: undefined }, '{"id":1,"name":null}'],
    [{ at: new Date(Date.UTC(2018, 10, 1, 1, 2, 3, 4)) }, '{"at":"2018-11-01T01:02:03.004Z"}'],
    [{ size: 1e300, parts: [{ id: 1n, name: undefined }] }, '{"size":1e+300,"parts":[{"id":1}]}'],
    [{ raw: '{"a":\n1}' }, '{"raw":{"a": 1}}'],
    [{ raw: { a: [1n] } }, '{"raw":{"a":[1]}}'],
    [{ name: { toJSON: () => 'one' } }, '{"name":"one"}'],
    [{ 'user-agent': 'x' }, '{"user-agent":"x"}'],
    [{ counts: new Map([['b"', 2n]]) }, '{"counts":{"b\\"":2}}'],
    [{ bytes: new Uint8Array([0, 255, 128]) }, '{"bytes":"AP+A"}'],
    [{ bytes: Buffer.from('QQ').subarray(1) }, '{"bytes":"UQ=="}'],
    [
      { bytes: 'AP+A', hex: Buffer.from([171]), url: Buffer.from([251, 255]) },
      '{"bytes":"AP+A","hex":"ab","url":"-_8"}',
    ],
    [{ pieces: [new Uint8Array(1)], raw: { a: Buffer.from('A') } }, '{"pieces":["AA=="],"raw":{"a":"QQ=="}}'],
    [{ counts: { b: 2n, a: 1 } }, '{"counts":{"b":2,"a":1}}'],
    [{ digests: [Buffer.from([0, 171]), null, 'AB', new Uint8Array()] }, '{"digests":["00ab",null,"AB",""]}'],
    [
      { keyed: { a: { hash: Buffer.from([255]), raw: Buffer.from([255]), urls: [Buffer.from([251, 255])] } } },
      '{"keyed":{"a":{"hash":"ff","raw":"/w==","urls":["-_8"]}}}',
    ],
    [
      { keyed: new Map([['a', { hash: null, raw: 'AA==', urls: [] }]]), digests: null },
      '{"keyed":{"a":{"hash":null,"raw":"AA==","urls":[]}},"digests":null}',
    ],
    [{ byDay: new Map([[7, [{ x: Buffer.from('Q') }, {}]]]) }, '{"byDay":{"7":[{"x":"51"},{}]}}'],
  ])('becomes a line: %s', (row, expected) => expect(line(row)).toBe(expected))

  it('has its bytes written in the form that the rules of lines read, at any depth', () => {
    // Base64 of these bytes is "abcd", which hexadecimal digits could be, too.
    const bytes = Buffer.from('abcd', 'base64')
    const given = { keyed: { a: { hash: bytes, raw: bytes, urls: [bytes] } }, byDay: { 7: [{ x: bytes }] } }
    const packed = String.raw`"i\\xB7\\x1D"`
    const read = lineRules(declared, 'ignore')
      .columns.filter(({ name }) => name in given)
      .map((column) => valueParser(column.type, column.format)(members(line(given)).get(column.name) ?? ''))
    expect(read).toEqual([
      { json: `{"a":{"hash":${packed},"raw":${packed},"urls":[${packed}]}}` },
      { json: `{"7":[{"x":${packed}}]}` },
    ])
  })

  it('can have NaN and infinities, about which the rules of lines decide', () => {
    expect(line({ size: Number.NaN, id: Number.POSITIVE_INFINITY })).toBe('{"size":NaN,"id":Infinity}')
  })

  it.each([
    [{ id: 2 ** 53 }, 'id: the number 9007199254740992 may be rounded: give a bigint'],
    [{ parts: [{ id: -(2 ** 54) }] }, 'parts: the number -18014398509481984 may be rounded: give a bigint'],
    [{ at: new Date(Number.NaN) }, 'at: an invalid Date'],
    [{ name: () => 1 }, 'name: function is no value of a column'],
    [{ name: Buffer.from('a') }, 'name: bytes are a value of binary() only'],
    [{ name: new Map() }, 'name: a Map is no value of a column'],
    [{ counts: new Set([['a', 1n]]) }, 'counts: a Set is no value of a column'],
    [{ counts: new Map([['a', 2 ** 53]]) }, 'counts: the number 9007199254740992 may be rounded: give a bigint'],
    [{ byId: new Map([[2 ** 53, 'a']]) }, 'byId: the number 9007199254740992 may be rounded: give a bigint'],
    [{ counts: new Map([[null, 1]]) }, 'counts: null is no key of a map'],
    [{ keyed: { a: { urls: [{ x: new Map() }] } } }, 'keyed: a Map is no value of a column'],
    [{ digests: Buffer.from('a') }, 'digests: bytes are a value of binary() only'],
    [{ raw: '1, "id": 2' }, 'raw: expected the text of JSON'],
    [['a'], 'expected an object'],
    [null, 'expected an object'],
    ['text', 'expected an object'],
  ])('is refused with its text: %s', (row, reason) => {
    expect(line(row)).toMatch(reason)
    expect(line(row)).toMatch(/<.+>$/s)
  })

  it('is refused if it contains itself, or if one of its getters throws', () => {
    const circle: Record<string, unknown> = { id: 1 }
    circle.name = circle
    expect(line(circle)).toContain('name: values nest more than 200 deep <')
    const thrower = {
      get id() {
        throw new Error('not now')
      },
    }
    expect(line(thrower)).toContain('not now <')
  })
})
