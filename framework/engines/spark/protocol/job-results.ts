/** Turns the PySpark job's results into data files, with their statistics and fingerprints. */
import type { Column, ColumnType } from '../../../declare/columns.ts'
import type { ColumnStats, FileStats, StatValue } from '../../../delta/stats.ts'
import type { WrittenFile } from '../../../engine/data-file.ts'
import { isNested } from '../../../expression/value-type.ts'
import type { Fingerprint } from '../../../observe/fingerprint.ts'
import type { Uris } from './hadoop-uris.ts'
import type { FileAudit, WrittenFileAudit } from './schema/results.ts'

/** The table for whose files the job has computed statistics. */
interface AuditedTable {
  readonly columns: readonly Column[]
  readonly primaryKey: readonly string[]
  readonly partitionBy: readonly string[]
}

type ColumnAudit = FileAudit['columns'][number]

/**
 * Names the hash, which is the same in every release of Spark, and the columns that are hashed with
 * each value.
 */
export function sparkFingerprintAlgorithm(primaryKey: readonly string[]): string {
  return `spark xxhash64(${primaryKey.join(',') || 'row'})`
}

export function fingerprintOf({ columns, primaryKey }: AuditedTable, audit: FileAudit): Fingerprint {
  const sums = columns.map(({ name }, index) => [name, audit.columns[index]?.sum ?? '0'] as const)
  return { algorithm: sparkFingerprintAlgorithm(primaryKey), rows: audit.rows, columns: Object.fromEntries(sums) }
}

export function writtenFile(table: AuditedTable, audit: WrittenFileAudit, uris: Uris): WrittenFile {
  const { location, size, partitionValues } = audit
  return {
    ...{ location: uris.fromHadoop(location), size, partitionValues },
    stats: fileStats(table, audit),
    fingerprint: fingerprintOf(table, audit),
  }
}

function fileStats({ columns, partitionBy }: AuditedTable, audit: FileAudit): FileStats {
  const known = columns.flatMap(({ name, type }, index) => {
    const column = partitionBy.includes(name) || isNested(type) ? undefined : audit.columns[index]
    return column ? [[name, columnStats(column, type)] as const] : []
  })
  return { rows: audit.rows, columns: Object.fromEntries(known) }
}

function columnStats({ nulls, min, max }: ColumnAudit, type: ColumnType): ColumnStats {
  return {
    nulls,
    ...(min !== null && { min: statValue(min, type) }),
    ...(max !== null && { max: statValue(max, type) }),
  }
}

function statValue(value: string | number | boolean, { kind }: ColumnType): StatValue {
  return kind === 'bigint' || kind === 'timestamp' ? BigInt(value) : value
}
