/** Loads packed batches and plain source files into Parquet files. */
import { rm, unlink } from 'node:fs/promises'
import type { Column, ColumnType } from '../../../declare/columns.ts'
import type { CsvFormat } from '../../../declare/format/file-format.ts'
import type { LineColumn, LineRules } from '../../../ingest/lines/line-columns.ts'
import type { ManifestEntry } from '../../../ingest/manifest-entry.ts'
import { type PackedBatch, type PackRequest, type PlainFile, packFiles } from '../../../ingest/pack/pack.ts'
import type { DelimitedRecords } from '../../../ingest/pack/packed-batch.ts'
import type { RejectedLine } from '../../../ingest/rejects.ts'
import { isUnchanged } from '../../../storage/local/local-read.ts'
import { makeDirectory } from '../../../storage/local/make-directory.ts'
import type { DuckDb, DuckDbSession } from '../duckdb-session.ts'
import { type CopiedFile, type CopyTarget, copyToParquet } from '../files/parquet-writer.ts'
import { duckdbType, identifier, identifiers, literalPath, textListLiteral, textLiteral } from '../sql.ts'

const KIB = 1024
/** A longer line raises the limit. DuckDB reads a file in chunks of twice the limit. */
const MIN_OBJECT_BYTES = 1024 * KIB

/** The results of loading some batches. */
export interface LoadedBatches {
  readonly files: readonly CopiedFile[]
  readonly read: readonly ManifestEntry[]
  readonly rejects: readonly RejectedLine[]
}

const NOTHING: LoadedBatches = { files: [], read: [], rejects: [] }

interface LoadsRequest {
  readonly session: DuckDbSession
  /** Maximum number of loads at once. */
  readonly most: number
  readonly target: CopyTarget
  /** How the files are packed. */
  readonly toPack: PackRequest
}

/**
 * Loads batches in the order in which they are added, several at the same time. Small batches wait
 * for the next ones, so that they share a data file.
 */
export class Loads {
  readonly #request: LoadsRequest
  readonly #begun: Promise<LoadedBatches>[] = []
  readonly #running = new Set<Promise<unknown>>()
  #waiting: PackedBatch[] = []
  #failed = false

  constructor(request: LoadsRequest) {
    this.#request = request
  }

  /** Throws the error of an earlier load, without loading this batch. */
  async add(batch: PackedBatch): Promise<void> {
    this.#waiting.push(batch)
    const bytes = this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0)
    if (bytes >= this.#request.toPack.batchBytes) await this.#begin()
  }

  /** Loads the waiting batches, and waits for all loads. Throws the first error of a load. */
  async finish(): Promise<void> {
    if (this.#waiting.length > 0) await this.#begin()
    await Promise.all(this.#begun)
  }

  /**
   * The results up to the first load that failed. Later batches do not count, because they can hold
   * the end of a file whose beginning was not loaded.
   */
  async loaded(): Promise<LoadedBatches> {
    const ended = await Promise.allSettled(this.#begun)
    const failed = ended.findIndex(({ status }) => status === 'rejected')
    const good = failed < 0 ? ended : ended.slice(0, failed)
    return joined(good.map((load) => (load.status === 'fulfilled' ? load.value : NOTHING)))
  }

  async #begin(): Promise<void> {
    while (this.#running.size >= this.#request.most) await Promise.race(this.#running)
    if (this.#failed) await Promise.all(this.#begun)
    const load = loadBatches(this.#request, this.#waiting)
    this.#waiting = []
    this.#begun.push(load)
    const ended: Promise<unknown> = load.then(
      () => this.#running.delete(ended),
      () => {
        this.#failed = true
        this.#running.delete(ended)
      },
    )
    this.#running.add(ended)
  }
}

export function joined(parts: readonly LoadedBatches[]): LoadedBatches {
  return {
    files: parts.flatMap(({ files }) => files),
    read: parts.flatMap(({ read }) => read),
    rejects: parts.flatMap(({ rejects }) => rejects),
  }
}

/**
 * If a plain file changed before it was loaded, all plain files of the batches are packed and
 * loaded.
 */
async function loadBatches(request: LoadsRequest, batches: readonly PackedBatch[]): Promise<LoadedBatches> {
  const { session } = request
  const plain = batches.flatMap((batch) => batch.plain)
  const isStillPlain = () => plain.every(({ source }) => source === undefined || isUnchanged(source))
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0)
  const copied = await session
    .withConnection((db) => copyBatches(db, batches, request))
    .catch((error) => {
      if (isStillPlain()) throw error
      return undefined
    })
  if (!copied || !isStillPlain()) {
    for (const { location } of copied ?? []) await unlink(location)
    await unlinkCopies(plain)
    return packAndLoad(request, batches, plain)
  }
  await unlinkCopies(plain)
  for (const { path } of batches) await unlink(path)
  const written = copied.reduce((sum, { stats }) => sum + stats.rows, 0)
  if (written !== rows) throw new Error(`${rows} lines were packed, but DuckDB wrote ${written} rows`)
  return {
    files: copied,
    read: batches.flatMap(({ files }) => files),
    rejects: batches.flatMap(({ rejects }) => rejects),
  }
}

/** Deletes the lines that were unpacked. */
async function unlinkCopies(plain: readonly PlainFile[]): Promise<void> {
  for (const { location, source } of plain) if (!source) await unlink(location)
}

/** Reads the plain files again, as they are now, and loads them without reading them in place. */
async function packAndLoad(
  request: LoadsRequest,
  batches: readonly PackedBatch[],
  plain: readonly PlainFile[],
): Promise<LoadedBatches> {
  const again = new Set(plain.map(({ path }) => path))
  const packed = batches.map((batch) => {
    const files = batch.files.filter(({ path }) => !again.has(path))
    return { ...batch, plain: [], rows: batch.packedRows, files }
  })
  const parts = [await loadBatches(request, packed)]
  const files = batches.flatMap((batch) => batch.files.filter(({ path }) => again.has(path)))
  const directory = `${batches[0]?.path}-again`
  makeDirectory(directory)
  for await (const batch of packFiles({
    ...request.toPack,
    files,
    directory,
    inPlace: false,
    progress: () => undefined,
  })) {
    parts.push(await loadBatches(request, [batch]))
  }
  await rm(directory, { recursive: true, force: true })
  return joined(parts)
}

async function copyBatches(
  db: DuckDb,
  batches: readonly PackedBatch[],
  { target, toPack }: LoadsRequest,
): Promise<readonly CopiedFile[]> {
  const selects = [...packedSql(batches, target.columns, toPack), ...plainSql(batches, target.columns, toPack)]
  return selects.length === 0 ? [] : copyToParquet(db, selects.join(' UNION ALL '), target)
}

function packedSql(
  batches: readonly PackedBatch[],
  columns: readonly Column[],
  { columns: inLines, pathColumns = [] }: LineRules,
): readonly string[] {
  const packed = batches.filter(({ packedRows }) => packedRows > 0)
  const paths = packed.map(({ path }) => path)
  if (paths.length === 0) return []
  const members = new Map([...inLines, ...pathColumns].map(({ name, packed }) => [name, packed]))
  const stored = columns.map((column) => ({ ...column, member: members.get(column.name) ?? column.name }))
  const selected = stored.map((column) => `${memberSql(column)} AS ${identifier(column.name)}`)
  return [`SELECT ${selected.join(', ')} FROM ${linesSql(paths, batches, stored)}`]
}

/**
 * The rows of a plain file, numbered by their lines. DuckDB keeps the order of a file's rows up to
 * a window without an ORDER BY of its own, so the numbers follow the order of the file.
 */
function plainSql(
  batches: readonly PackedBatch[],
  columns: readonly Column[],
  { columns: inLines, pathColumns = [], format }: PackRequest,
): readonly string[] {
  const own = inLines.map((column) => ({ ...column, member: column.packed }))
  const read = own.map((column) => `${memberSql(column)} AS ${identifier(column.name)}`)
  const rowsOf = ({ location, delimited }: PlainFile) =>
    format?.kind === 'csv' && delimited
      ? recordsSql(location, { format, delimited }, inLines)
      : linesSql([location], batches, own)
  return batches.flatMap(({ plain }) =>
    plain.map((file) => {
      const fromPath = pathColumns.map(
        ({ name, type }, index) => `${valueSql(type, file.pathValues[index])} AS ${identifier(name)}`,
      )
      const before = (file.delimited?.firstLine ?? 1) - 1
      const place = [`${textLiteral(file.path)} AS _file`, `${before} + row_number() OVER () AS _line`]
      const numbered = `SELECT ${[...read, ...fromPath, ...place].join(', ')} FROM ${rowsOf(file)}`
      return `SELECT ${identifiers(columns.map(({ name }) => name))} FROM (${numbered})`
    }),
  )
}

/** The value of a path column as SQL, from its JSON. */
export function valueSql(type: ColumnType, json = 'null'): string {
  const value: unknown = JSON.parse(json)
  return `CAST(${value === null ? 'NULL' : textLiteral(typeof value === 'string' ? value : json)} AS ${duckdbType(type)})`
}

/** A column, and the member of the lines that holds its values. */
interface StoredColumn extends Pick<Column, 'type' | 'emptyIsNull'> {
  readonly member: string
}

const memberSql = ({ member, emptyIsNull }: StoredColumn): string =>
  emptyIsNull ? `nullif(${identifier(member)}, '')` : identifier(member)

/**
 * Decimals are packed as text, because DuckDB reads a JSON number as a double and would round it.
 * Bytes are text too.
 */
function packedType(type: ColumnType): ColumnType {
  switch (type.kind) {
    case 'decimal':
    case 'binary':
      return { kind: 'text' }
    case 'array':
      return { ...type, element: packedType(type.element) }
    // A packed map is an object, whose keys are texts.
    case 'map':
      return { ...type, key: { kind: 'text' }, value: packedType(type.value) }
    case 'struct':
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: packedType(field.type) })) }
    default:
      return type
  }
}

function linesSql(paths: readonly string[], batches: readonly PackedBatch[], columns: readonly StoredColumn[]): string {
  const types = columns.map(({ member, type }) => {
    return `${textLiteral(member)}: ${textLiteral(duckdbType(packedType(type)))}`
  })
  const longest = batches.reduce((most, { longestLine }) => Math.max(most, longestLine + KIB), MIN_OBJECT_BYTES)
  return (
    `read_json(${textListLiteral(paths.map(literalPath))}, format = 'newline_delimited', compression = 'uncompressed', ` +
    `hive_partitioning = false, maximum_object_size = ${longest}, columns = {${types.join(', ')}})`
  )
}

interface PlainRecords {
  readonly format: CsvFormat
  readonly delimited: DelimitedRecords
}

/**
 * The records of a plain file. The options leave nothing for DuckDB to find out, because it looks
 * only at the beginning of a file. Columns without a field are null.
 */
function recordsSql(location: string, { format, delimited }: PlainRecords, columns: readonly LineColumn[]): string {
  const { names, firstLine } = delimited
  const types = names.map((name, index) => {
    const type = columns.find(({ keys }) => keys[0] === name)?.type
    return `${textLiteral(`f${index}`)}: ${textLiteral(type ? duckdbType(type) : 'VARCHAR')}`
  })
  const options = [
    ...["auto_detect = false, header = false, nullstr = '', new_line = '\\n', comment = ''"],
    ...[`skip = ${firstLine - 1}`, `delim = ${textLiteral(format.delimiter)}`],
    ...[`quote = ${textLiteral(format.quote ?? '')}`, `escape = ${textLiteral(format.escape ?? '')}`],
    ...["compression = 'none', hive_partitioning = false", `columns = {${types.join(', ')}}`],
  ]
  const fields = columns.map(({ keys, packed, type }) => {
    const index = names.indexOf(keys[0])
    return `${index < 0 ? `CAST(NULL AS ${duckdbType(type)})` : `f${index}`} AS ${identifier(packed)}`
  })
  return `(SELECT ${fields.join(', ')} FROM read_csv(${textLiteral(literalPath(location))}, ${options.join(', ')}))`
}
