/** Ingests Parquet files that pyarrow writes, and reads the rows back. */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineSource, parquet } from 'lake'
import { afterAll, beforeAll } from 'vitest'
import type { ColumnSchemas } from '../../../framework/declare/columns.ts'
import type { SourceOptions } from '../../../framework/declare/definition.ts'
import type { WrittenFile } from '../../../framework/engine/data-file.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { PackedFiles } from '../../../framework/storage/packed-files.ts'
import type { Storage } from '../../../framework/storage/storage.ts'
import { type FormatWriter, startFormatWriter, type WrittenRow } from '../projects/written-formats.ts'
import { python } from '../python/python.ts'
import { type EngineBench, engineBench, LOCAL_ENGINES, resolveAll } from './engine-bench.ts'

export const program = python('no Parquet file of another writer is read')

let writer: FormatWriter
let reader: DuckDbSession

/** Starts the writer, the engine and DuckDB for the tests of a file. */
export function setUpParquet(): void {
  beforeAll(async () => {
    if (program) writer = startFormatWriter(program)
    reader = await DuckDbSession.open({ memoryLimit: '500MB', threads: 1 }, tmpdir())
  })
  afterAll(async () => {
    await reader.close()
    await writer?.end()
  })
}

/** The DuckDB session that reads the rows back. */
export const sessionOfReader = (): DuckDbSession => reader

type Written = readonly WrittenRow[]
type Types = Readonly<Record<string, string>>

interface Files {
  readonly [path: string]: { readonly types: Types; readonly rows: Written; readonly write?: object }
}

export async function writeAll(root: string, files: Files): Promise<void> {
  for (const [path, { types, rows, write }] of Object.entries(files)) {
    const options = { types, write, columns: Object.keys(types) }
    await writer.write({ format: 'parquet', path: join(root, path), rows, options })
  }
}

type Declared = Omit<SourceOptions<ColumnSchemas>, 'key'>

export function sourceOf(declared: Declared) {
  const declaration = defineSource({ maxRejected: 1, ...declared, key: 'things', format: parquet(), pattern: '*' })
  const source = resolveAll([declaration]).get('things')
  if (source?.kind !== 'source') throw new Error('things is a source')
  return source
}

/** The result of one ingest of the files below `root`. */
export async function ingestOnce(
  bench: EngineBench,
  root: string,
  declared: Declared,
  storage: Storage = localStorage(root),
) {
  const source = sourceOf(declared)
  const files = await storage.list('')
  const result = await bench.engine.ingest({
    ...{ source, storage, files, listed: PackedFiles.of(files), rewritten: { columns: source.columns, files: [] } },
    ...{ table: undefined, replacedPaths: [], directory: bench.directory(), signal: new AbortController().signal },
    progress: () => undefined,
  })
  const rejects = result.rejects.toSorted((one, other) => one.line - other.line)
  const read = result.read.toSorted((one, other) => (one.path < other.path ? -1 : 1))
  return { ...result, read, rejects: rejects.map(({ line, reason }) => `${line}: ${reason}`), full: rejects }
}

/** The rows as JSON, in order. */
export async function rowsIn(files: readonly WrittenFile[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  if (files.length === 0) return []
  const paths = files.map(({ location }) => `'${location}'`).join(', ')
  const rows = await reader.withConnection((db) =>
    db.plainRows(`SELECT * FROM read_parquet([${paths}]) ORDER BY _file, _line`),
  )
  return JSON.parse(JSON.stringify(rows))
}

const [duckdb] = LOCAL_ENGINES
/** A bench of the embedded engine, which reads all Parquet files. */
export const bench = () => {
  if (!duckdb) throw new Error('DuckDB is an engine')
  return engineBench(duckdb.open)
}
