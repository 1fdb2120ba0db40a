/**
 * Loads the Parquet files of a source: DuckDB converts their rows, and finds the rows that do not
 * fit.
 */
import { unlink } from 'node:fs/promises'
import type { FileRows } from '../../../../engine/data-file.ts'
import type { IngestRequest } from '../../../../engine/ingest.ts'
import { lineRules } from '../../../../ingest/lines/line-columns.ts'
import { pathReader } from '../../../../ingest/lines/path-values.ts'
import { FileRefused } from '../../../../ingest/refused-file.ts'
import type { RejectedLine } from '../../../../ingest/rejects.ts'
import type { OpenFile, StoredFile } from '../../../../storage/storage.ts'
import { printableLine } from '../../../../text/printable.ts'
import { type DuckDb, type DuckDbSession, StatementFailed } from '../../duckdb-session.ts'
import { type CopiedFile, type CopyTarget, copyToParquet } from '../../files/parquet-writer.ts'
import { joined, type LoadedBatches } from '../load-batches.ts'
import { firstSentence, isOfTheFile } from './file-failure.ts'
import { ownColumns } from './file-plan.ts'
import { FilePlans } from './file-plans.ts'
import { dropCopies, isStillSame, type LocalParquet, openParquetFiles } from './local-parquet.ts'
import { convertedSql, type PlannedFiles, scannedSql, type WantedColumns } from './parquet-sql.ts'
import { emptyFile, readingOf, refusalOf, rejectsOf } from './read-files.ts'
import type { ReadyFile } from './ready-file.ts'
import { TableReading } from './table-reading.ts'

/** Maximum number of files that one statement reads. */
const MAX_BATCH_FILES = 256

interface ParquetLoadContext {
  readonly session: DuckDbSession
  readonly target: CopyTarget
  /** An existing local directory for copies of files that are not local. */
  readonly copies: string
  readonly batchBytes: number
}

/** Loads one batch of files after another. Throws `source-changed` if a file disappeared. */
export async function* loadParquet(request: IngestRequest, loading: ParquetLoadContext): AsyncGenerator<LoadedBatches> {
  const load = new ParquetLoad(request, loading)
  let read = 0
  for (const files of batchesOf(request.files, loading.batchBytes)) {
    request.signal.throwIfAborted()
    yield await loading.session.withConnection((db) => load.batch(db, files, true), request.signal)
    read += files.length
    request.progress(read)
  }
}

function batchesOf(files: readonly StoredFile[], mostBytes: number): readonly (readonly StoredFile[])[] {
  const batches: StoredFile[][] = []
  let room = 0
  for (const file of files) {
    if (room <= 0 || batches.at(-1)?.length === MAX_BATCH_FILES) {
      batches.push([])
      room = mostBytes
    }
    batches.at(-1)?.push(file)
    room -= file.size
  }
  return batches
}

class ParquetLoad {
  readonly #request: IngestRequest
  readonly #loading: ParquetLoadContext
  readonly #plans: FilePlans
  readonly #wanted: WantedColumns
  readonly #pathValues: ReturnType<typeof pathReader>
  readonly #table: TableReading | undefined

  constructor(request: IngestRequest, loading: ParquetLoadContext) {
    const { columns, declared } = request.source
    const rules = lineRules(columns, declared.unknownKeys)
    this.#request = request
    this.#loading = loading
    this.#plans = new FilePlans(columns, rules)
    this.#wanted = { columns, pathColumns: rules.pathColumns }
    this.#pathValues = pathReader(rules.pathColumns)
    this.#table = request.table && new TableReading(request.table, rules.columns)
  }

  /** Loads the files. If one of them changed while it was read in place, loads copies instead. */
  async batch(db: DuckDb, files: readonly StoredFile[], inPlace: boolean): Promise<LoadedBatches> {
    const { storage } = this.#request
    const found = await openParquetFiles(
      { storage, directory: this.#loading.copies, inPlace, areNamed: this.#table !== undefined },
      files,
    )
    const opened = found.map((local, index) => this.#table?.asListed(local, files[index] as StoredFile) ?? local)
    const liveRows = await this.#table?.liveRows(opened)
    const parts: LoadedBatches[] = []
    const ready: ReadyFile[] = []
    for (const local of opened) {
      const one = await this.#prepared(db, local, liveRows?.get(local.file.path))
      if (one === 'empty') parts.push(emptyFile(local.file, this.#counted))
      else if (one instanceof FileRefused) parts.push(this.#refused(local.file, one.reason))
      else ready.push(one)
    }
    const loaded = joined([...parts, ...(ready.length > 0 ? [await this.#load(db, ready)] : [])])
    if (opened.every(isStillSame)) {
      await dropCopies(opened)
      return loaded
    }
    await unlinkAll(loaded.files)
    return this.batch(db, files, false)
  }

  get #counted(): boolean {
    return this.#request.source.declared.unknownKeys !== 'ignore'
  }

  /** A file without rows can have any columns. */
  async #prepared(
    db: DuckDb,
    { footer, location, file }: LocalParquet,
    liveRows: FileRows | undefined,
  ): Promise<ReadyFile | FileRefused | 'empty'> {
    if (footer instanceof FileRefused) return footer
    const rows = footer.rows - (liveRows?.positions.length ?? 0)
    if (rows === 0) return 'empty'
    const values = this.#pathValues(file.path)
    if (values.kind === 'reject') return new FileRefused(values.reason)
    try {
      const columns = this.#table?.columnsOf(file.path, footer.fields) ?? ownColumns(footer.fields)
      const plan = await this.#plans.planOf(db, location, columns)
      const partitionTexts = this.#table?.partitionTexts(file.path) ?? []
      return { file, location, plan, rows, liveRows, pathValues: values.values, partitionTexts }
    } catch (error) {
      if (error instanceof FileRefused) return error
      throw error
    }
  }

  #refused(file: OpenFile, reason: string): LoadedBatches {
    return this.#table?.refuse(file.path, reason) ?? refusalOf(file, reason, this.#counted)
  }

  /** Refuses a file that cannot be read to its end, and loads the others without it. */
  async #load(db: DuckDb, files: readonly ReadyFile[]): Promise<LoadedBatches> {
    try {
      return await this.#loadTogether(db, files)
    } catch (error) {
      if (this.#request.signal.aborted || !(error instanceof FileRefused || error instanceof StatementFailed))
        throw error
      const [first, second] = files
      if (first && !second) return this.#refused(first.file, await this.#refusal(db, first, error))
      const middle = files.length >> 1
      const [low, high] = [await this.#load(db, files.slice(0, middle)), await this.#load(db, files.slice(middle))]
      return joined([low, high])
    }
  }

  /**
   * The reason to refuse the file. Throws the error if the file can be read to its end, because
   * then something else is wrong.
   */
  async #refusal(db: DuckDb, file: ReadyFile, error: FileRefused | StatementFailed): Promise<string> {
    if (error instanceof FileRefused) return error.reason
    if (!isOfTheFile(error)) throw named(error, file)
    try {
      await db.run(scannedSql({ plan: file.plan, files: [file], liveRows: file.liveRows }, this.#wanted))
    } catch (again) {
      if (isOfTheFile(again)) return firstSentence(again)
    }
    throw named(error, file)
  }

  /**
   * Throws FileRefused if one of the files does not have the number of rows that its footer states.
   */
  async #loadTogether(db: DuckDb, files: readonly ReadyFile[]): Promise<LoadedBatches> {
    const groups = byPlan(files)
    const rows = files.reduce((sum, file) => sum + file.rows, 0)
    const selects = groups.map((group) => convertedSql(group, this.#wanted))
    const copied = await copyToParquet(db, selects.join(' UNION ALL '), this.#loading.target)
    const written = copied.reduce((sum, { stats }) => sum + stats.rows, 0)
    try {
      const rejects: RejectedLine[] = []
      if (written < rows) for (const group of groups) rejects.push(...(await rejectsOf(db, group, rows - written)))
      if (written + rejects.length !== rows) {
        throw new FileRefused(`its footer says that it has ${rows} rows, and ${written + rejects.length} were found`)
      }
      const { read, kept } = readingOf(files, rejects, {
        counted: this.#counted,
        foldsRejects: this.#table === undefined,
        examples: await this.#plans.examplesOf(db, files),
      })
      return { files: copied, read, rejects: kept }
    } catch (error) {
      await unlinkAll(copied)
      throw error
    }
  }
}

/** A file in which only some rows count is read by itself. */
function byPlan(files: readonly ReadyFile[]): readonly PlannedFiles[] {
  const groups = new Map<ReadyFile['plan'], ReadyFile[]>()
  const single: PlannedFiles[] = []
  for (const file of files) {
    const { plan, liveRows } = file
    const group = groups.get(plan)
    if (liveRows) single.push({ plan, files: [file], liveRows })
    else if (group) group.push(file)
    else groups.set(plan, [file])
  }
  return [...single, ...[...groups].map(([plan, placed]) => ({ plan, files: placed, liveRows: undefined }))]
}

const named = (error: StatementFailed, { file }: ReadyFile): StatementFailed =>
  new StatementFailed(`${printableLine(file.path)}: ${error.message}`, { cause: error })

async function unlinkAll(files: readonly CopiedFile[]): Promise<void> {
  for (const { location } of files) await unlink(location)
}
