/** Reads a source's files with DuckDB, packed or in place, on any number of threads. */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bigint, text } from 'lake'
import { type Column, type ColumnSchemas, resolveColumn } from '../../../framework/declare/columns.ts'
import type { StreamedFormat } from '../../../framework/declare/format/file-format.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { Loads } from '../../../framework/engines/duckdb/ingest/load-batches.ts'
import { inputSql } from '../../../framework/engines/duckdb/sql.ts'
import { lineRules } from '../../../framework/ingest/lines/line-columns.ts'
import { type PackedBatch, type PackRequest, packFiles } from '../../../framework/ingest/pack/pack.ts'
import { packOnThreads } from '../../../framework/ingest/pack/threads/pack-on-threads.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { sharedDirectory, temporaryDirectory } from '../programs/lake-process.ts'

const PROGRAM = fileURLToPath(new URL('../../../dist/packing-thread.js', import.meta.url))
const MIB = 2 ** 20

/** The declared columns, and the columns that say where the row comes from. */
export const columnsWithPlace = (declared: ColumnSchemas): readonly Column[] =>
  Object.entries({ ...declared, _file: text(), _line: bigint() }).flatMap(
    ([name, schema]) => resolveColumn(name, schema) ?? [],
  )

/** Writes the files, and sets their times far into the past, so that they count as settled. */
export function writtenFiles(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = temporaryDirectory()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
    utimesSync(join(root, path), 1_500_000_000, 1_500_000_000)
  }
  return root
}

export interface Way {
  readonly columns: readonly Column[]
  /** The format. Default: lines of JSON. */
  readonly format?: StreamedFormat
  readonly inPlace: boolean
  /** Number of threads. Zero packs on this thread. */
  readonly threads: number
  readonly batchBytes?: number
  readonly signal?: AbortSignal
  /** Called with each batch before the engine loads it. */
  readonly packed?: (batch: PackedBatch) => void
}

export class SourceReader {
  readonly #session: DuckDbSession

  private constructor(session: DuckDbSession) {
    this.#session = session
  }

  static async open(): Promise<SourceReader> {
    return new SourceReader(await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, sharedDirectory()))
  }

  close(): void {
    this.#session.close()
  }

  /**
   * The result of reading the files: the rows with their values, the refused lines, the files, and
   * how many of them stayed in place.
   */
  async read(root: string, { columns, threads, batchBytes = MIB, packed, ...way }: Way) {
    const storage = localStorage(root)
    const files = await storage.list('')
    const toPack: PackRequest = {
      ...{ storage, files, ...lineRules(columns, 'report'), directory: temporaryDirectory(), batchBytes, ...way },
    }
    const target = { columns, partitionBy: [], directory: temporaryDirectory() }
    const loads = new Loads({ session: this.#session, most: Math.max(1, threads), target, toPack })
    let error: unknown
    let plain = 0
    try {
      const batches = threads > 0 ? packOnThreads(toPack, { count: threads, program: PROGRAM }) : packFiles(toPack)
      for await (const batch of batches) {
        plain += batch.plain.length
        packed?.(batch)
        await loads.add(batch)
      }
      await loads.finish()
    } catch (thrown) {
      error = thrown
      await loads.finish().catch(() => undefined)
    }
    const loaded = await loads.loaded()
    const input = inputSql({ columns, files: loaded.files.map(({ location }) => location) })
    const rows = await this.#session.withConnection((db) => db.rows(`SELECT * FROM ${input} ORDER BY _file, _line`))
    return { rows, read: loaded.read, rejects: loaded.rejects, error, plain }
  }
}
