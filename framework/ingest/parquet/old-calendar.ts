/**
 * Finds the dates and times that Spark wrote in its old calendar. Before 1582-10-15 that is the
 * Julian calendar, and times before 1900 follow local clocks.
 */
import type { FileMetaData } from 'hyparquet'
import type { FileField } from './file-type.ts'

/** Marks the fields of dates and times that only Spark reads as they were written. */
export function inOldCalendar(
  fields: readonly FileField[],
  { schema, key_value_metadata: notes = [] }: Pick<FileMetaData, 'schema' | 'key_value_metadata'>,
): readonly FileField[] {
  const noteOf = (name: string) => notes.find(({ key }) => key === `org.apache.spark.${name}`)?.value
  const version = noteOf('version') ?? ''
  const date = noteOf('legacyDateTime') !== undefined || /^[12]\./.test(version)
  // All times of a file have the same physical type: INT96 or INT64.
  const has96 = schema.some(({ type }) => type === 'INT96')
  const timestamp = has96 ? noteOf('legacyINT96') !== undefined || /^([12]|3\.0)\./.test(version) : date
  if (!date && !timestamp) return fields
  const isOld = (kind: unknown) => (kind === 'date' && date) || (kind === 'timestamp' && timestamp)
  return JSON.parse(JSON.stringify(fields), (_, part) => (isOld(part?.kind) ? { ...part, isOld: true } : part))
}
