// How the files of a Delta table become the files of a source.
import { describe, expect, it } from 'vitest'
import type { OutsideColumn } from '../../../framework/delta/outside/outside-schema.ts'
import { partitionType } from '../../../framework/ingest/delta/column-type.ts'
import { listedFiles } from '../../../framework/ingest/delta/listed-files.ts'
import { mappedFields } from '../../../framework/ingest/delta/mapped-fields.ts'
import type { FileField } from '../../../framework/ingest/parquet/file-type.ts'
import { file } from '../delta/example-table.ts'

const column = (name: string, changes: Partial<OutsideColumn> = {}): OutsideColumn => ({
  ...{ name, physicalName: name, id: undefined, type: { kind: 'plain', name: 'string' }, nullable: true },
  ...changes,
})
const field = (name: string, id?: number): FileField => ({
  ...{ name, type: { kind: 'text' }, nullable: true },
  ...(id !== undefined && { id }),
})

describe('the columns of a file', () => {
  it('are those of the table, without the columns that the table dropped', () => {
    const stored = [field('old'), field('col-2'), field('col-1')]
    const columns = [column('first', { physicalName: 'col-1' }), column('old', { physicalName: 'col-2' })]
    expect(mappedFields(stored, columns, 'name')).toMatchObject([
      { name: 'first', at: 2 },
      { name: 'old', at: 1 },
    ])
  })

  it('are found by their ids, and not by their names', () => {
    const columns = [column('a', { physicalName: 'col-a', id: 7 }), column('b', { physicalName: 'col-b', id: 8 })]
    expect(mappedFields([field('col-a', 8), field('x', 9)], columns, 'id')).toMatchObject([{ name: 'b', at: 0 }])
  })

  it('are found by their names in upper or lower case, unless two fields fit equally well', () => {
    const struct: FileField = { ...field('PLACE'), type: { kind: 'struct', fields: [field('City')] } }
    const place = column('place', { type: { kind: 'struct', columns: [column('city')] } })
    expect(mappedFields([field('ID'), struct], [column('id'), place], 'none')).toMatchObject([
      { name: 'id', at: 0 },
      { name: 'place', at: 1, type: { fields: [{ name: 'city', at: 0 }] } },
    ])
    expect(mappedFields([field('ID'), field('id')], [column('id')], 'none')).toMatchObject([{ at: 1 }])
    const twice = () => mappedFields([field('ID'), field('Id')], [column('id')], 'none')
    expect(twice).toThrow('the file has ID and Id, and the table id')
  })

  it('are clock times if the table has widened its dates to these', () => {
    const stored: FileField = { ...field('at'), type: { kind: 'date' } }
    const typeIn = (name: string) =>
      mappedFields([stored], [column('at', { type: { kind: 'plain', name } })], 'none')[0]?.type
    expect(typeIn('timestamp_ntz')).toEqual({ kind: 'timestamp', isMoment: false })
    expect(typeIn('date')).toEqual({ kind: 'date' })
  })

  it('have, for the fields of structs, the names that the table has, even within lists', () => {
    const struct: FileField = { ...field('s'), type: { kind: 'struct', fields: [field('gone'), field('col-9')] } }
    const list: FileField = { ...field('l'), type: { kind: 'list', element: { ...struct, name: 'element' } } }
    const type = { kind: 'struct', columns: [column('city', { physicalName: 'col-9' })] } as const
    const [mapped] = mappedFields(
      [list],
      [column('l', { type: { kind: 'array', element: type, nullable: true } })],
      'name',
    )
    expect(mapped?.type).toMatchObject({
      element: { type: { kind: 'struct', fields: [{ name: 'city', at: 1 }], isRenamed: true } },
    })
  })
})

describe('a partition value', () => {
  const typeOf = (name: string, text: string | null) =>
    partitionType(column('p', { type: { kind: 'plain', name } }), text)

  it('is a moment only if it is written in UTC', () => {
    expect(typeOf('timestamp', '2018-11-15T00:30:26.796123Z')).toEqual({ kind: 'timestamp', isMoment: true })
    expect(typeOf('timestamp', '2018-11-15 00:30:26')).toEqual({ kind: 'timestamp', isMoment: false })
    expect(typeOf('timestamp_ntz', '2018-11-15 00:30:26.5')).toEqual({ kind: 'timestamp', isMoment: false })
  })

  it('can be a date even if the table has widened its dates to clock times', () => {
    expect(typeOf('timestamp_ntz', '2018-11-15')).toEqual({ kind: 'timestamp', isMoment: false })
    expect(typeOf('timestamp', '2018-11-15')).toBeUndefined()
  })

  it.each([
    ['long', '1.5'],
    ['date', '15/11/2018'],
    ['boolean', 'yes'],
    ['timestamp', 'yesterday'],
  ])('of type %s cannot be %s', (name, text) => expect(typeOf(name, text)).toBeUndefined())

  it('is not read if it is binary', () => {
    expect(typeOf('binary', '\u0001')).toEqual({
      kind: 'other',
      words: 'bytes as a partition value, which each writer writes differently',
    })
    expect(typeOf('binary', null)).toEqual({ kind: 'null' })
  })
})

describe('the etag of a live file', () => {
  const table = {
    ...{ location: { storage: { uri: 'x' } as never, table: '' }, id: 'a', version: 1, mapping: 'name' as const },
    columns: [column('song_id', { physicalName: 'col-1' }), column('year')],
    partitionColumns: ['year'],
  }
  const vector = { storageType: 'i', pathOrInlineDv: 'x', sizeInBytes: 1, cardinality: 1 } as const
  const etag = (changes: Partial<typeof table> = {}, ofFile = {}) =>
    listedFiles({ ...table, ...changes, files: new Map([['p', file('p', ofFile)]]) }, ['song_id'])[0]?.etag

  it('stays the same if only the version, statistics, order or unused columns differ', () => {
    const added = { columns: [...table.columns, column('mood')] }
    const both = (columns: readonly OutsideColumn[]) =>
      listedFiles({ ...table, columns, files: new Map([['p', file('p')]]) }, ['song_id', 'year'])[0]?.etag
    for (const same of [etag({ version: 2 }), etag({}, { stats: '{}' }), etag(added)]) expect(same).toBe(etag())
    expect(both(table.columns.toReversed())).toBe(both(table.columns))
  })

  it('changes with the table, the deleted rows, the partition, and the name of a used column in the file', () => {
    const renamed = { columns: [column('song_id', { physicalName: 'col-2' }), column('year')] }
    const others = [
      ...[etag({ id: 'b' }), etag({}, { deletionVector: vector }), etag({}, { partitionValues: { year: '2019' } })],
      ...[etag({}, { modificationTime: 1 }), etag(renamed)],
    ]
    expect(new Set([etag(), ...others]).size).toBe(6)
  })
})
