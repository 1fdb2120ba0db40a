/** Writes the request that registers a table of a lake in AWS Glue. */
import { type ColumnType, typeName } from '../declare/columns.ts'
import type { ExportedTable } from './exported-table.ts'
import type { ExportTarget } from './statements.ts'

/** Maximum number of characters that Glue takes. */
const MAX_DESCRIPTION = 2048
const MAX_COMMENT = 255

/**
 * The input of Glue's CreateTable for a native Delta table. Athena, EMR and Trino recognize it by
 * `spark.sql.sources.provider`, and use the log at the location to read its rows and partitions.
 * The columns are for people and for Lake Formation.
 */
export function glueTable(
  { key, description, location, columns }: ExportedTable,
  { database }: ExportTarget,
): Readonly<Record<string, unknown>> {
  return {
    DatabaseName: database ?? 'default',
    TableInput: {
      Name: key.toLowerCase(),
      ...(description !== undefined && { Description: description.slice(0, MAX_DESCRIPTION) }),
      TableType: 'EXTERNAL_TABLE',
      Parameters: { EXTERNAL: 'TRUE', classification: 'delta', 'spark.sql.sources.provider': 'delta' },
      PartitionKeys: [],
      StorageDescriptor: {
        Columns: columns.map(({ name, type, description: comment }) => ({
          ...{ Name: name.toLowerCase(), Type: hiveType(type) },
          ...(comment !== undefined && { Comment: comment.replace(/\s+/g, ' ').slice(0, MAX_COMMENT) }),
        })),
        Location: `${location}/`,
        SerdeInfo: { Parameters: { path: `${location}/`, 'serialization.format': '1' } },
      },
    },
  }
}

/** The type as Hive writes it: `array<string>`, `struct<city:string>`. */
function hiveType(type: ColumnType): string {
  switch (type.kind) {
    case 'text':
      return 'string'
    case 'array':
      return `array<${hiveType(type.element)}>`
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name.toLowerCase()}:${hiveType(field.type)}`).join(',')}>`
    case 'map':
      return `map<${hiveType(type.key)},${hiveType(type.value)}>`
    default:
      return typeName(type)
  }
}
