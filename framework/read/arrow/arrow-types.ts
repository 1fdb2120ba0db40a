/** Maps the types of columns to those of Arrow. */
import type { DataType, Field, Struct } from 'apache-arrow'
import type { ColumnType } from '../../declare/columns.ts'
import { entryType } from '../../expression/value-type.ts'

export type ArrowLibrary = typeof import('apache-arrow')

interface Named {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
}

const DECIMAL_BITS = 128

export function arrowType(arrow: ArrowLibrary, type: ColumnType): DataType {
  switch (type.kind) {
    case 'text':
      return new arrow.Utf8()
    case 'boolean':
      return new arrow.Bool()
    case 'int':
      return new arrow.Int32()
    case 'bigint':
      return new arrow.Int64()
    case 'double':
      return new arrow.Float64()
    case 'decimal':
      return new arrow.Decimal(type.scale, type.precision, DECIMAL_BITS)
    case 'date':
      return new arrow.DateDay()
    case 'timestamp':
      return new arrow.TimestampMicrosecond('UTC')
    case 'binary':
      return new arrow.Binary()
    case 'array':
      return new arrow.List(arrowField(arrow, { name: 'element', type: type.element, nullable: type.nullable }))
    case 'struct':
      return arrowStruct(arrow, type.fields)
    case 'map':
      // Does not declare that the entries are sorted by their keys, because other programs that
      // rewrite a table can change the order.
      return new arrow.Map_(arrowField(arrow, { name: 'entries', type: entryType(type), nullable: false }))
  }
}

export const arrowField = (arrow: ArrowLibrary, { name, type, nullable }: Named): Field =>
  new arrow.Field(name, arrowType(arrow, type), nullable)

export const arrowStruct = (arrow: ArrowLibrary, fields: readonly Named[]): Struct =>
  new arrow.Struct(fields.map((field) => arrowField(arrow, field)))
