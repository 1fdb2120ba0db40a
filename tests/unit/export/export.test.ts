// The statements that register tables in other systems.
import { describe, expect, it } from 'vitest'
import type { ExportedTable } from '../../../framework/export/exported-table.ts'
import { glueTable } from '../../../framework/export/glue-table.ts'
import { statementOf } from '../../../framework/export/statements.ts'

const table: ExportedTable = {
  key: 'Sales',
  description: 'What was sold.',
  location: "s3://bucket/it's/Sales",
  columns: [
    { name: 'id', type: { kind: 'bigint' }, description: 'Its\nnumber.' },
    { name: 'amount', type: { kind: 'decimal', precision: 10, scale: 2 }, description: undefined },
    { name: 'who', type: { kind: 'text' }, description: undefined },
  ],
  pinned: undefined,
}

describe('exported tables', () => {
  it('are statements of Athena without columns, because Athena reads those from the log', () => {
    expect(statementOf('hive', table, { database: 'sales' })).toBe(
      "CREATE EXTERNAL TABLE IF NOT EXISTS `sales`.`Sales`\nLOCATION 's3://bucket/it\\'s/Sales/'\nTBLPROPERTIES ('table_type' = 'DELTA');",
    )
  })

  it('are requests of Glue for native Delta tables', () => {
    expect(glueTable(table, { database: 'sales' })).toEqual({
      DatabaseName: 'sales',
      TableInput: {
        Name: 'sales',
        Description: 'What was sold.',
        TableType: 'EXTERNAL_TABLE',
        Parameters: { EXTERNAL: 'TRUE', classification: 'delta', 'spark.sql.sources.provider': 'delta' },
        PartitionKeys: [],
        StorageDescriptor: {
          Columns: [
            { Name: 'id', Type: 'bigint', Comment: 'Its number.' },
            { Name: 'amount', Type: 'decimal(10,2)' },
            { Name: 'who', Type: 'string' },
          ],
          Location: "s3://bucket/it's/Sales/",
          SerdeInfo: { Parameters: { path: "s3://bucket/it's/Sales/", 'serialization.format': '1' } },
        },
      },
    })
  })
})
