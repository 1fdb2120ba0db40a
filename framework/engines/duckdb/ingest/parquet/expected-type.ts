/** Decides which type DuckDB has to give a column of a Parquet file. */
import type { FileType } from '../../../../ingest/parquet/file-type.ts'
import { identifier } from '../../sql.ts'

/** The type that DuckDB must give the column; undefined if any type is accepted. */
export function expectedType(type: FileType): string | undefined {
  switch (type.kind) {
    case 'integer':
      return `${type.isSigned ? '' : 'U'}${INTEGERS.get(type.bits)}`
    case 'float':
    case 'double':
    case 'boolean':
    case 'date':
    case 'uuid':
    case 'json':
      return type.kind.toUpperCase()
    case 'text':
      return 'VARCHAR'
    case 'binary':
      return 'BLOB'
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    case 'timestamp':
      return undefined
    case 'null':
    case 'other':
      return undefined
    case 'list': {
      const element = expectedType(type.element.type)
      return element && `${element}[]`
    }
    case 'struct': {
      const fields = type.fields.map((field) => [identifier(field.name), expectedType(field.type)] as const)
      // DuckDB renames fields that differ only in case.
      const names = new Set(type.fields.map(({ name }) => name.toLowerCase()))
      if (names.size < fields.length || fields.some(([, known]) => known === undefined)) return undefined
      return `STRUCT(${fields.map((field) => field.join(' ')).join(', ')})`
    }
    case 'map': {
      const [key, value] = [expectedType(type.key.type), expectedType(type.value.type)]
      return key && value && `MAP(${key}, ${value})`
    }
  }
}

const INTEGERS = new Map([
  [8, 'TINYINT'],
  [16, 'SMALLINT'],
  [32, 'INTEGER'],
  [64, 'BIGINT'],
])
