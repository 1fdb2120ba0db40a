// What lake reads from the footer of a Parquet file.
import type { SchemaElement } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { fileFields, fileTypeName } from '../../../framework/ingest/parquet/file-type.ts'
import { readFooter } from '../../../framework/ingest/parquet/footer.ts'

const typesOf = (...columns: readonly SchemaElement[]) => {
  const schema = [{ name: 'schema', num_children: columns.filter(({ name }) => name !== '-').length }, ...columns]
  return fileFields(schema).map(({ type }) => fileTypeName(type))
}
const optional = { repetition_type: 'OPTIONAL' } as const

describe('the types of a Parquet file', () => {
  it('can come from old writers, which know no logical types', () => {
    const types = typesOf(
      { ...optional, name: 'a', type: 'INT32', converted_type: 'UINT_8' },
      { ...optional, name: 'b', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
      { ...optional, name: 'c', type: 'INT32', converted_type: 'DECIMAL', precision: 9, scale: 2 },
      { ...optional, name: 'd', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
      { ...optional, name: 'e', type: 'INT96' },
      { ...optional, name: 'f', type: 'BYTE_ARRAY' },
      { ...optional, name: 'g', type: 'FIXED_LEN_BYTE_ARRAY', converted_type: 'INTERVAL' },
    )
    expect(types).toEqual([
      ...[
        'unsigned integers of 8 bits',
        'text',
        'decimal(9,2)',
        'timestamps',
        'timestamps',
        'binary values',
        'INTERVAL',
      ],
    ])
  })

  it('include lists in each form that the format allows', () => {
    const three = fileFields([
      { name: 'schema', num_children: 1 },
      { ...optional, name: 'l', num_children: 1, converted_type: 'LIST' },
      { name: 'bag', num_children: 1, repetition_type: 'REPEATED' },
      { ...optional, name: 'array', type: 'INT32' },
    ])
    const two = fileFields([
      { name: 'schema', num_children: 1 },
      { ...optional, name: 'l', num_children: 1, converted_type: 'LIST' },
      { name: 'array', num_children: 1, repetition_type: 'REPEATED' },
      { ...optional, name: 'x', type: 'INT32' },
    ])
    expect([...three, ...two].map(({ type }) => fileTypeName(type))).toEqual([
      'lists of integers of 32 bits',
      'lists of structs of x',
    ])
    expect(three[0]?.type).toMatchObject({ element: { nullable: true } })
    expect(two[0]?.type).toMatchObject({ element: { nullable: false } })
  })

  it('are not guessed if the format does not determine them', () => {
    expect(typesOf({ name: 'a', type: 'INT32', repetition_type: 'REPEATED' })).toEqual([
      'a repeated group without LIST',
    ])
  })
})

const bytesOf = (file: ArrayBuffer) => ({
  byteLength: file.byteLength,
  slice: async (start: number, end?: number) => file.slice(start, end),
})

describe('the footer of a Parquet file', () => {
  const columnData = [{ name: 'id', data: [1, null, 3], type: 'INT32' as const, nullable: true }]

  it('contains the numbers of rows and nulls', async () => {
    const { rows, nulls } = await readFooter(bytesOf(parquetWriteBuffer({ columnData })))
    expect({ rows, nulls: [...nulls] }).toEqual({ rows: 3, nulls: [['id', 1]] })
  })

  it('is refused if the file is cut anywhere', async () => {
    const file = parquetWriteBuffer({ columnData })
    for (let end = 0; end < file.byteLength; end++) {
      await expect(readFooter(bytesOf(file.slice(0, end)))).rejects.toThrow(/not a Parquet file|torn/)
    }
  })
})
