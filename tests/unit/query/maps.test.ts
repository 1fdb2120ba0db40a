/**
 * The types of maps in queries, the declarations of maps, and comparisons of maps, which lake
 * refuses.
 */
import { array, date, double, int, map, text } from 'lake'
import { describe, expect, it } from 'vitest'
import { resolveColumn } from '../../../framework/declare/columns.ts'
import { parseSchema, printSchema } from '../../../framework/delta/schema.ts'
import { typeName } from '../../../framework/expression/value-type.ts'
import { valueParser } from '../../../framework/ingest/lines/parse-value.ts'
import { givenText } from '../../../framework/ingest/rows/given-text.ts'
import { db } from '../../../framework/query/builder/db.ts'
import { looseFunctions as fn } from '../../support/engines/loose-functions.ts'
import { looseReader, x } from '../../support/engines/loose-reader.ts'
import { edgeTable } from '../../support/functions/edge-rows.ts'

interface Loose {
  select(selected: unknown): Loose
  groupBy(columns: unknown): Loose
  distinct(): Loose
  where(...condition: unknown[]): Loose
  toOperationNode(): unknown
}

const edges = () => (db as unknown as { selectFrom(alias: string): Loose }).selectFrom('edges')
const { firstType, problem } = looseReader(new Map([['edges', edgeTable]]))
const typeOf = (expression: unknown) => firstType(edges().select(expression))

const read1 = (type: unknown, line: string) => {
  const column = resolveColumn('m', type as never)
  return column && valueParser(column.type)(line)
}

describe('a map in a query', () => {
  it('has a type that says what its keys are and whether its values can be null', () => {
    expect(typeOf(x(fn.map({ a: 'id', b: 1 })))).toBe('map(text, bigint)')
    expect(typeOf(x(fn.map({ a: 'i' })))).toBe('map(text, int null)')
    expect(typeOf(x(fn.mapKeys('xi')))).toBe('array(int) null')
    expect(typeOf(x(fn.mapValues('xi')))).toBe('array(double null) null')
    expect(typeOf(x(fn.mapElement('xt', 'a')))).toBe('int null')
    expect(typeOf(x(fn.mapEntries('xt')))).toBe('array(struct(key text, value int null)) null')
    expect(typeOf(x(fn.mapFromEntries(fn.list(fn.struct({ key: 'id', value: 't' })))))).toBe(
      'map(bigint, text null) null',
    )
  })

  it.each([
    ['a group', edges().groupBy('xt').select('xt'), /it groups by a map: use parts of it, such as fn\.mapElement/],
    ['distinct rows', edges().select(['id', 'xt']).distinct(), /it selects distinct rows of a map/],
    [
      'a condition',
      edges()
        .where('xt', '=', fn.map({ a: 1 }))
        .select('id'),
      /= takes .* but xt is map\(text, int/,
    ],
    ['a minimum', edges().select(x(fn.min('xt'))), /fn\.min takes .* but xt is map/],
    [
      'a key of another type',
      edges().select(x(fn.mapElement('xi', 't'))),
      /the keys of the map are int, not text|takes/,
    ],
    ['values of two types', edges().select(x(fn.map({ a: 'i', b: 't' }))), /the values of a map have one type/],
    [
      'a key that can be null',
      edges().select(x(fn.mapFromEntries(fn.array(fn.struct({ key: 't', value: 'i' }))))),
      /an entry or its key can be null: give keys that are not/,
    ],
    [
      'keys that are doubles',
      edges().select(x(fn.mapFromEntries(fn.array(fn.struct({ key: fn.toDouble('id'), value: 'i' }))))),
      /a map has no keys of double/,
    ],
  ])('is refused as %s', (_, query, message) => {
    expect(problem(query)).toMatch(message)
  })
})

describe('the declaration of a map', () => {
  it('refuses key types that engines compare differently, and names them', () => {
    expect(() => map(double() as never, int())).toThrow(/map\(\) has keys of double: give text\(\)/)
    expect(() => map(text().nullable() as never, int())).toThrow(/keys of text that can be null/)
  })

  it('is a map of the Delta schema', () => {
    const column = resolveColumn('m', map(date(), array(int().nullable())).nullable())
    const printed = printSchema(column ? [column] : [])
    expect(printed).toContain('"type":"map","keyType":"date","valueType":{"type":"array"')
    expect(printed).toContain('"valueContainsNull":true')
    expect(parseSchema(printed).map(({ type }) => typeName(type))).toEqual(['map(date, array(int null) null)'])
  })
})

describe('a JSON object that is read as a map', () => {
  it('has its entries in the order of the keys; the last value of a repeated key counts', () => {
    const ofTexts = map(text(), int().nullable())
    expect(read1(ofTexts, '{"b":1,"a":null,"b":2}')).toEqual({ json: '{"a":null,"b":2}' })
    expect(read1(ofTexts, '{"\u{1f600}":1,"\uffff":2}')).toEqual({ json: '{"\uffff":2,"\u{1f600}":1}' })
    expect(read1(map(int(), text()), '{"10":"x","9":"y","9.0":"z"}')).toEqual({ json: '{"9":"z","10":"x"}' })
    expect(read1(ofTexts, '{}')).toEqual({ json: '{}' })
  })

  it('is refused, and the reason names the wrong key', () => {
    expect(read1(map(text(), int()), '{"a":1.5}')).toEqual({
      wrong: 'the value of "a": expected an integer, got 1.5',
    })
    expect(read1(map(text(), int()), '{"a":null}')).toEqual({ wrong: 'the value of "a" is null' })
    expect(read1(map(int(), int()), '{"a":1}')).toEqual({ wrong: 'a key: expected an integer, got "a"' })
    expect(read1(map(date(), int()), '{"2019-02-29":1}')).toEqual({
      wrong: 'a key: expected a date like "2018-11-30", got "2019-02-29"',
    })
    expect(read1(map(text(), int()), '[]')).toEqual({ wrong: 'expected an object, got an array' })
  })

  it('can be an object or a Map if code gives the row', () => {
    const column = resolveColumn('m', map(int(), text()))
    const columns = new Map(column ? [['m', column]] : [])
    expect(givenText({ m: new Map([[2, 'b']]) }, columns)).toEqual({ kind: 'line', line: '{"m":{"2":"b"}}' })
    expect(givenText({ m: { 2: 'b', 3: undefined } }, columns)).toEqual({ kind: 'line', line: '{"m":{"2":"b"}}' })
    expect(givenText({ m: new Set() }, columns)).toMatchObject({ kind: 'reject' })
  })
})
