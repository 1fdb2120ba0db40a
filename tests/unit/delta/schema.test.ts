// How the schema of a Delta table is written and read.
import { describe, expect, it } from 'vitest'
import {
  array,
  bigint,
  binary,
  boolean,
  date,
  decimal,
  double,
  int,
  resolveColumn,
  struct,
  text,
  timestamp,
} from '../../../framework/declare/columns.ts'
import { parseSchema, printSchema } from '../../../framework/delta/schema.ts'

const declared = {
  song_id: text(),
  title: text().nullable(),
  year: int(),
  plays: bigint(),
  duration: double(),
  live: boolean(),
  released: date(),
  start_time: timestamp(),
  price: decimal(10, 2),
  cover: binary(),
  tags: array(text().nullable()).nullable(),
  place: struct({ city: text().nullable(), days: array(date().nullable()).nullable() }),
}

const columns = Object.entries(declared).flatMap(([name, schema]) => resolveColumn(name, schema) ?? [])

const field = (name: string, type: unknown, nullable = false) => ({ name, type, nullable, metadata: {} })

describe('a table schema', () => {
  it('prints declared columns as Delta types, in their order', () => {
    expect(JSON.parse(printSchema(columns))).toEqual({
      type: 'struct',
      fields: [
        field('song_id', 'string'),
        field('title', 'string', true),
        field('year', 'integer'),
        field('plays', 'long'),
        field('duration', 'double'),
        field('live', 'boolean'),
        field('released', 'date'),
        field('start_time', 'timestamp'),
        field('price', 'decimal(10,2)'),
        field('cover', 'binary'),
        field('tags', { type: 'array', elementType: 'string', containsNull: true }, true),
        field('place', {
          type: 'struct',
          fields: [
            field('city', 'string', true),
            field('days', { type: 'array', elementType: 'date', containsNull: true }, true),
          ],
        }),
      ],
    })
  })

  it('is read back as the columns for which it was written', () => {
    expect(parseSchema(printSchema(columns))).toEqual(
      columns.map(({ name, type, nullable }) => ({ name, type, nullable })),
    )
  })

  it('refuses a type that lake lacks, and names the column', () => {
    const schema = JSON.stringify({
      type: 'struct',
      fields: [{ name: 'tags', type: { type: 'array' }, nullable: true, metadata: {} }],
    })
    expect(() => parseSchema(schema)).toThrow('its column tags has the type {"type":"array"}, which lake does not have')
    expect(() => parseSchema('{"type":"struct"}')).toThrow('not a struct')
  })

  it('lets all parts of a column be null, even if the declaration forbids it: lake checks that on rows', () => {
    const strict = resolveColumn('a', array(struct({ b: int() })))
    const loose = resolveColumn('a', array(struct({ b: int().nullable() }).nullable()))
    const printed = [strict, loose].map((column) => column && printSchema([column]))
    expect(printed[0]).toBe(printed[1])
  })
})
