/** Names the column types in a dialect of SQL. */
import type { ColumnType } from '../../declare/columns.ts'
import type { ScalarKind } from '../../expression/value-type.ts'

/** The names of all types but decimals, which every dialect writes the same. */
export interface TypeNames extends Readonly<Record<Exclude<ScalarKind, 'decimal'>, string>> {
  array(element: string): string
  /** Names are not quoted yet. */
  map(key: string, value: string): string
  struct(fields: readonly (readonly [name: string, type: string])[]): string
}

export function sqlType(names: TypeNames, type: ColumnType): string {
  switch (type.kind) {
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    case 'array':
      return names.array(sqlType(names, type.element))
    case 'struct':
      return names.struct(type.fields.map((field) => [field.name, sqlType(names, field.type)]))
    case 'map':
      return names.map(names[type.key.kind], sqlType(names, type.value))
    default:
      return names[type.kind]
  }
}
