/** Describes data files with their rows as a table for an engine. */
import type { TableColumn } from '../../../delta/schema.ts'
import type { DataFile, InputTable } from '../../../engine/data-file.ts'

export function inputOfFiles(columns: readonly TableColumn[], files: readonly DataFile[]): InputTable {
  const table = { columns, files: files.map(({ location }) => location) }
  return files.some(({ liveRows }) => liveRows) ? { ...table, rows: files.map(({ liveRows }) => liveRows) } : table
}
