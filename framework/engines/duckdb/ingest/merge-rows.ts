/** Merges the rows and the deleted keys that code gave with the rows of their table. */
import { join } from 'node:path'
import { type Column, resolveColumn } from '../../../declare/columns.ts'
import { SOURCE_COLUMNS } from '../../../declare/definition.ts'
import type { MergeRequest, MergeResult } from '../../../engine/rows/merge-rows.ts'
import type { LineRules } from '../../../ingest/lines/line-columns.ts'
import type { PackedBatch } from '../../../ingest/pack/packed-batch.ts'
import type { RejectedLine } from '../../../ingest/rejects.ts'
import { GIVEN_BATCH_BYTES, givenRules } from '../../../ingest/rows/row-packer.ts'
import { localFiles } from '../../../storage/local/local-files.ts'
import { makeDirectory } from '../../../storage/local/make-directory.ts'
import { auditFiles, withFingerprints } from '../audit.ts'
import type { DuckDb, DuckDbSession } from '../duckdb-session.ts'
import { type CopiedFile, copyToParquet } from '../files/parquet-writer.ts'
import { FILE, filesSql, identifier, identifiers, inputSql, textLiteral } from '../sql.ts'
import { type LoadedBatches, Loads } from './load-batches.ts'

/** Given rows or keys in Parquet files. The column `_line` holds the number of each row. */
interface Staged extends LoadedBatches {
  readonly columns: readonly Column[]
  readonly paths: readonly string[]
}

export async function mergeRows(session: DuckDbSession, request: MergeRequest): Promise<MergeResult> {
  const { source, given, signal } = request
  const rules = givenRules({ ...source, unknownKeys: source.declared.unknownKeys })
  const rows = await stage(session, request, { batches: given.rows, rules: rules.rows, columns: source.columns })
  const deleted = await stage(session, request, {
    ...{ batches: given.deleted, rules: rules.deleted, columns: rules.keyColumns },
  })
  const merged = await session.withConnection((db) => new Merge(db, request, { rows, deleted }).run(), signal)
  const rejects = [...rows.rejects, ...deleted.rejects, ...merged.repeated]
  return {
    files: merged.files,
    replaced: merged.replaced,
    read: { rows: rows.read, deleted: deleted.read },
    rejects: rejects.toSorted((left, right) => left.line - right.line),
    repeated: merged.repeated.length,
  }
}

interface Given {
  readonly batches: readonly PackedBatch[]
  readonly rules: LineRules
  readonly columns: readonly Column[]
}

async function stage(
  session: DuckDbSession,
  { directory, signal }: MergeRequest,
  { batches, rules, columns: declared }: Given,
): Promise<Staged> {
  const columns = [...declared, ...PLACE]
  const staging = join(directory, 'given')
  makeDirectory(staging)
  const packing = { storage: localFiles(staging), files: [], directory: staging, batchBytes: GIVEN_BATCH_BYTES }
  const target = { columns, partitionBy: [], directory: staging }
  const loads = new Loads({ session, most: 1, target, toPack: { ...rules, ...packing } })
  for (const batch of batches) {
    signal.throwIfAborted()
    await loads.add(batch)
  }
  await loads.finish()
  const loaded = await loads.loaded()
  return { ...loaded, columns, paths: loaded.files.map(({ location }) => location) }
}

const PLACE = Object.entries(SOURCE_COLUMNS).flatMap(([name, schema]) => resolveColumn(name, schema) ?? [])

interface Merged extends Pick<MergeResult, 'files' | 'replaced'> {
  readonly repeated: readonly RejectedLine[]
}

/** The merge on one connection, whose temporary tables no other job sees. */
class Merge {
  readonly #db: DuckDb
  readonly #request: MergeRequest
  readonly #rows: Staged
  readonly #given: string
  readonly #deleted: string
  readonly #key: string
  readonly #names: string

  constructor(db: DuckDb, request: MergeRequest, { rows, deleted }: Readonly<Record<'rows' | 'deleted', Staged>>) {
    this.#db = db
    this.#request = request
    this.#rows = rows
    this.#given = inputSql({ columns: rows.columns, files: rows.paths })
    this.#deleted = inputSql({ columns: deleted.columns, files: deleted.paths })
    this.#key = identifiers(request.source.primaryKey)
    this.#names = identifiers(request.source.columns.map(({ name }) => name))
  }

  async run(): Promise<Merged> {
    const { source, merged, upserts } = this.#request
    const repeated = upserts || this.#key === '' ? [] : await this.#refuseRepeated()
    const affected = upserts ? await this.#affectedFiles() : []
    const copied = [
      ...(await this.#keptRows(merged)),
      ...(await this.#eachOf(
        affected.filter((file) => !merged.includes(file)),
        (file) => this.#keptRows([file]),
      )),
      ...(await this.#eachOf(this.#rows.paths, (file) => this.#newRows(file))),
    ]
    const { columns, primaryKey } = source
    const files = copied.map(({ location }) => location)
    const audit = await auditFiles(this.#db, { files, columns, primaryKey })
    return { files: withFingerprints(copied, audit), replaced: [...new Set([...merged, ...affected])], repeated }
  }

  async #eachOf(
    files: readonly string[],
    copy: (file: string) => Promise<readonly CopiedFile[]>,
  ): Promise<readonly CopiedFile[]> {
    const copied: CopiedFile[] = []
    for (const file of files) {
      this.#request.signal.throwIfAborted()
      copied.push(...(await copy(file)))
    }
    return copied
  }

  /**
   * Refuses rows that have the key of an earlier given row or of a current row. Keeps their
   * numbers, and returns them.
   */
  async #refuseRepeated(): Promise<readonly RejectedLine[]> {
    const key = this.#key
    const several = `SELECT ${key} FROM ${this.#given} GROUP BY ${key} HAVING count(*) > 1`
    const numbered =
      `SELECT _line, row_number() OVER (PARTITION BY ${key} ORDER BY _line) AS nth ` +
      `FROM (SELECT rows.* FROM ${this.#given} AS rows SEMI JOIN (${several}) AS several USING (${key}))`
    const again = `SELECT _line AS number, ${textLiteral('an earlier row has its key')} AS reason FROM (${numbered}) WHERE nth > 1`
    const known =
      `SELECT _line AS number, ${textLiteral('the table already has a row with its key')} AS reason ` +
      `FROM ${this.#given} AS rows SEMI JOIN ${inputSql(this.#request.current)} AS known USING (${key})`
    await this.#db.run(
      `CREATE TEMP TABLE refused AS SELECT number, max(reason) AS reason FROM (${again} UNION ALL ${known}) GROUP BY number`,
    )
    const members = this.#request.source.columns.map(({ name }) => `${identifier(name)} := rows.${identifier(name)}`)
    const rows = await this.#db.rows(
      `SELECT _file AS file, _line AS number, reason, CAST(to_json(struct_pack(${members.join(', ')})) AS VARCHAR) AS "text" ` +
        `FROM ${this.#given} AS rows JOIN refused ON rows._line = refused.number`,
    )
    return rows.map(({ file, number, reason, text }) => ({
      ...{ file: String(file), line: Number(number), reason: String(reason), text: String(text) },
    }))
  }

  /**
   * Keeps the newest row or deletion of each key, and finds the current files that have such a key.
   */
  async #affectedFiles(): Promise<readonly string[]> {
    const { current } = this.#request
    const all = [this.#given, this.#deleted].map((from) => `SELECT ${this.#key}, _line FROM ${from} AS given`)
    await this.#db.run(
      `CREATE TEMP TABLE newest AS SELECT ${this.#key}, max(_line) AS number FROM (${all.join(' UNION ALL ')}) GROUP BY ${this.#key}`,
    )
    if (current.files.length === 0) return []
    const rows = await this.#db.rows(
      `SELECT DISTINCT ${FILE} AS file FROM ${filesSql(current)} AS rows SEMI JOIN newest USING (${this.#key})`,
    )
    const found = new Set(rows.map(({ file }) => String(file)))
    return current.files.filter((file) => found.has(file))
  }

  async #keptRows(files: readonly string[]): Promise<readonly CopiedFile[]> {
    if (files.length === 0) return []
    const rows = inputSql({ columns: this.#request.source.columns, files })
    const kept = this.#request.upserts ? ` ANTI JOIN newest USING (${this.#key})` : ''
    return this.#copy(`SELECT ${this.#names} FROM ${rows} AS rows${kept}`)
  }

  async #newRows(file: string): Promise<readonly CopiedFile[]> {
    const rows = `SELECT rows.* FROM ${inputSql({ columns: this.#rows.columns, files: [file] })} AS rows`
    if (this.#key === '') return this.#copy(rows)
    return this.#copy(
      this.#request.upserts
        ? `${rows} SEMI JOIN newest ON rows._line = newest.number`
        : `${rows} ANTI JOIN refused ON rows._line = refused.number`,
    )
  }

  #copy(query: string): Promise<readonly CopiedFile[]> {
    const { source, directory } = this.#request
    return copyToParquet(this.#db, query, { columns: source.columns, partitionBy: [], directory })
  }
}
