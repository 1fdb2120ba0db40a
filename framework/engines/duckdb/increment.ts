import type { Column } from '../../declare/columns.ts'
import {
  type AffectedFigures,
  type CheckFailure,
  type DataFile,
  type IncrementPreview,
  type IncrementRequest,
  type IncrementResult,
  NotAsRecorded,
  type PartitionValues,
  type Volume,
} from '../../execute/engine.ts'
import { filesToMerge } from '../../execute/merging.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import { type Affected, affectedRows } from '../../increment/affected.ts'
import { auditFiles, withFingerprints } from './audit.ts'
import { checkTypes } from './check-types.ts'
import type { DuckDb } from './duckdb-session.ts'
import { DuckDbStaging } from './duckdb-staging.ts'
import { filesWithin, MovedInputs } from './moved-inputs.ts'
import { copyToParquet } from './parquet-writer.ts'
import { rowChecks } from './row-checks.ts'
import { duckdbType, FILE, filesSql, identifier, identifiers, inputSql } from './sql.ts'
import { countOffending, failedRowChecks, failedStayingChecks, failedTableChecks } from './table-checks.ts'

/** Works out the rows of a standing table that its upstreams' changes affect, and writes them and what shares a file with them. */
export async function increment(db: DuckDb, request: IncrementRequest): Promise<IncrementResult> {
  const { asset, directory } = request
  const { rows } = await stageAffected(db, request)
  const affected = await rows.figures()
  if (affected.rowsAdded + affected.rowsRemoved === 0) return { files: [], replaced: [], checks: [], affected }
  const checks = await rows.check(affected)
  const files = await rows.files(affected.partitions)
  const target = { columns: asset.columns, partitionBy: asset.partitionBy, directory }
  const copied = await copyToParquet(db, rows.newSql(files), target)
  const audit = await auditFiles(db, { ...asset, files: copied.map(({ location }) => location) }, [])
  const replaced = locations([...files.rewritten, ...files.merged])
  return { files: withFingerprints(copied, audit), checks, replaced, affected }
}

/** What `increment` would do, but for the checks and the writing. */
export async function previewIncrement(db: DuckDb, request: IncrementRequest): Promise<IncrementPreview> {
  const { rows, inputs } = await stageAffected(db, request)
  const affected = await rows.figures()
  const files = affected.rowsAdded + affected.rowsRemoved === 0 ? NO_FILES : await rows.files(affected.partitions)
  const rewritten = volumeOf([...files.rewritten, ...files.merged])
  const standing = volumeOf(request.standing)
  const written = rewritten.rows - affected.rowsRemoved + affected.rowsAdded
  const read = new Set([...inputs.filesRead, ...rows.filesRead, ...files.rewritten, ...files.merged])
  return {
    affected,
    read: volumeOf([...read]),
    written: { rows: written, bytes: Math.round((written * standing.bytes) / Math.max(1, standing.rows)) },
  }
}

const NO_FILES = { rewritten: [], merged: [] }

const volumeOf = (files: readonly DataFile[]): Volume => ({
  rows: files.reduce((sum, { rows = 0 }) => sum + rows, 0),
  bytes: files.reduce((sum, { size }) => sum + size, 0),
})

async function stageAffected(db: DuckDb, request: IncrementRequest) {
  const { asset, followed } = request
  const inputs = await MovedInputs.open(db, request.inputs, followed.relation)
  const staging = new DuckDbStaging(db, inputs)
  const affected = await affectedRows(staging, inputs.moved, { ...followed, primaryKey: asset.primaryKey })
  const rows = new AffectedRows(db, request)
  await rows.stage(affected, staging)
  return { rows, inputs }
}

const STANDING = 'affected_standing'
const ARRIVING = 'affected_arriving'
const CHANGED = 'affected_changed'
const LEAVING = 'affected_leaving'

/**
 * The affected rows of the table in temporary tables: those that it has (`affected_standing`, each with its file), those that it has to
 * have (`affected_arriving`), and the values for which these are not the same (`affected_changed`; `affected_leaving` those of standing rows).
 */
class AffectedRows {
  readonly #db: DuckDb
  readonly #request: IncrementRequest
  /** What tells which rows are replaced by which. */
  #columns: readonly string[] = []
  #kind: Affected['kind'] = 'values'
  /** Standing files in which affected rows were looked for. */
  filesRead: readonly DataFile[] = []

  constructor(db: DuckDb, request: IncrementRequest) {
    this.#db = db
    this.#request = request
  }

  async stage(affected: Affected, staging: DuckDbStaging): Promise<void> {
    this.#columns = affected.on.map(({ column }) => column)
    this.#kind = affected.kind
    await this.#stageArriving(affected, staging)
    await this.#stageStanding(affected, staging)
    await this.#stageChanged()
    const by = identifiers(this.#columns)
    await this.#db.run(`CREATE TEMP TABLE ${LEAVING} AS SELECT DISTINCT ${by} FROM ${this.#changed(STANDING)}`)
  }

  async figures(): Promise<AffectedFigures> {
    const { partitionBy } = this.#asset
    const by = identifiers(this.#request.followed.by)
    const both = (columns: string) =>
      `SELECT ${columns} FROM ${this.#changed(STANDING)} UNION SELECT ${columns} FROM ${this.#changed(ARRIVING)}`
    const [counts] = await this.#db.rows(
      `SELECT (SELECT count(*) FROM (${both(by)})) AS keys, (SELECT count(*) FROM ${this.#changed(STANDING)}) AS removed, ` +
        `(SELECT count(*) FROM ${this.#changed(ARRIVING)}) AS added`,
    )
    const figures = {
      keys: Number(counts?.keys ?? 0),
      rowsRemoved: Number(counts?.removed ?? 0),
      rowsAdded: Number(counts?.added ?? 0),
    }
    if (partitionBy.length === 0 || figures.keys === 0)
      return { ...figures, partitions: figures.keys === 0 ? [] : [{}] }
    const texts = partitionBy.map((name) => `CAST(${identifier(name)} AS VARCHAR) AS ${identifier(name)}`)
    const partitions = await this.#db.rows(both(texts.join(', ')))
    return { ...figures, partitions: partitions.map((row) => partitionOf(partitionBy, row)) }
  }

  /** Standing files that are written anew, because rows of them go, or because small ones have become too many. */
  async files(partitions: readonly PartitionValues[]) {
    const { standing } = this.#request
    const rows = await this.#db.rows(`SELECT DISTINCT ${FILE} AS file FROM ${this.#changed(STANDING)}`)
    const touched = new Set(rows.map(({ file }) => String(file)))
    const rewritten = standing.filter(({ location }) => touched.has(location))
    const kept = standing.filter(({ location }) => !touched.has(location))
    return { rewritten, merged: filesToMerge(kept, partitions) }
  }

  /** All rows of the files that are to be written. */
  newSql({
    rewritten,
    merged,
  }: {
    readonly rewritten: readonly DataFile[]
    readonly merged: readonly DataFile[]
  }): string {
    const columns = identifiers(this.#asset.columns.map(({ name }) => name))
    return [
      `SELECT ${columns} FROM ${this.#changed(ARRIVING)}`,
      ...(rewritten.length > 0 ? [this.#stayingSql(rewritten)] : []),
      ...(merged.length > 0 ? [`SELECT ${columns} FROM ${this.#rowsOf(merged)}`] : []),
    ].join(' UNION ALL ')
  }

  /** What the new rows do not pass, by themselves and with those that stay. */
  async check({ rowsAdded }: AffectedFigures): Promise<readonly CheckFailure[]> {
    const asset = this.#asset
    const arriving = this.#changed(ARRIVING)
    const referenced = [...this.#request.referenced]
    const moved = new Map(referenced.flatMap(([key, { table, moved }]) => (moved ? [[key, table] as const] : [])))
    // Where rows are replaced by values that the key has in it, every row of a new row's key is among the replaced ones.
    const replacesKeys = this.#kind === 'values' && this.#columns.every((name) => asset.primaryKey.includes(name))
    const sharingKeys = rowsAdded > 0 && !replacesKeys
    const staying = `(${this.#stayingSql(this.#request.standing)})`
    return [
      ...(rowsAdded > 0 ? await this.#checkArriving(arriving) : []),
      ...(await failedStayingChecks(this.#db, asset, { rows: staying, referenced: moved, arriving, sharingKeys })),
    ]
  }

  async #checkArriving(rows: string): Promise<readonly CheckFailure[]> {
    const referenced = new Map([...this.#request.referenced].map(([key, { table }]) => [key, table]))
    const offending = await countOffending(this.#db, rows, rowChecks(this.#asset))
    return [
      ...(await failedRowChecks(this.#db, offending, rows)),
      ...(await failedTableChecks(this.#db, this.#asset, { rows, referenced })),
    ]
  }

  get #asset(): ResolvedTable {
    return this.#request.asset
  }

  async #stageArriving({ added }: Affected, staging: DuckDbStaging): Promise<void> {
    const { columns } = this.#asset
    if (added.kind === 'empty') return this.#db.run(`CREATE TEMP TABLE ${ARRIVING} (${typedColumns(columns)})`)
    const ids = new Map(this.#request.followed.outputs.map(({ name, id }) => [name, id]))
    const named = columns.map(({ name }) => `${ids.get(name)} AS ${identifier(name)}`)
    const sql = `SELECT ${named.join(', ')} FROM (${staging.sql(added)})`
    await checkTypes(this.#db, this.#asset, sql)
    const typed = columns.map(
      ({ name, type }) => `CAST(${identifier(name)} AS ${duckdbType(type)}) AS ${identifier(name)}`,
    )
    await this.#db.run(`CREATE TEMP TABLE ${ARRIVING} AS SELECT ${typed.join(', ')} FROM (${sql})`)
  }

  async #stageStanding({ set, on, ranges, kind }: Affected, staging: DuckDbStaging): Promise<void> {
    const files = set.rows === 0 ? [] : filesWithin(this.#request.standing, ranges)
    this.filesRead = files
    const all = this.#asset.columns
    if (files.length === 0) await this.#db.run(`CREATE TEMP TABLE ${STANDING} (${typedColumns(all)}, ${FILE} VARCHAR)`)
    else {
      const matches = on.map(({ column, among }) => `own.${identifier(column)} IS NOT DISTINCT FROM touched.${among}`)
      await this.#db.run(
        `CREATE TEMP TABLE ${STANDING} AS SELECT ${identifiers(all.map(({ name }) => name))}, ${FILE} ` +
          `FROM ${filesSql(locations(files))} AS own SEMI JOIN (${staging.sql(set.relation)}) AS touched ON ${matches.join(' AND ')}`,
      )
    }
    if (kind === 'rows') await this.#refuseOtherRows(set.rows)
  }

  /** Each removed row has to be there, once: else the table is not what its inputs made, and what to take out of it is not known. */
  async #refuseOtherRows(expected: number): Promise<void> {
    const [count] = await this.#db.rows(`SELECT count(*) AS "rows" FROM ${STANDING}`)
    const rows = Number(count?.rows ?? 0)
    if (rows === expected) return
    throw new NotAsRecorded(
      `${expected} of its rows would have to be replaced, and it has ${rows} with their keys: it does not hold what its inputs made`,
    )
  }

  /** The files' rows that do not go. */
  #stayingSql(files: readonly DataFile[]): string {
    const columns = identifiers(this.#asset.columns.map(({ name }) => name))
    return `SELECT ${columns} FROM ${this.#rowsOf(files)} AS own ANTI JOIN ${LEAVING} AS gone ON ${this.#on('own', 'gone')}`
  }

  #rowsOf(files: readonly DataFile[]): string {
    return inputSql({ columns: this.#asset.columns, files: locations(files) })
  }

  /** Rows that are among the standing and the arriving ones alike do not change. */
  async #stageChanged(): Promise<void> {
    const all = identifiers(this.#asset.columns.map(({ name }) => name))
    const by = identifiers(this.#columns)
    const [counts] = await this.#db.rows(
      `SELECT (SELECT count(*) FROM ${STANDING}) AS standing, (SELECT count(*) FROM ${ARRIVING}) AS arriving`,
    )
    const isOneSided = Number(counts?.standing ?? 0) === 0 || Number(counts?.arriving ?? 0) === 0
    const without = (one: string, other: string) =>
      isOneSided ? `FROM ${one}` : `SELECT ${all} FROM ${one} EXCEPT ALL SELECT ${all} FROM ${other}`
    const sides = [without(STANDING, ARRIVING), without(ARRIVING, STANDING)].map(
      (rows) => `SELECT ${by} FROM (${rows})`,
    )
    await this.#db.run(`CREATE TEMP TABLE ${CHANGED} AS SELECT DISTINCT ${by} FROM (${sides.join(' UNION ALL ')})`)
  }

  #changed(table: string): string {
    return `(SELECT own.* FROM ${table} AS own SEMI JOIN ${CHANGED} AS changed ON ${this.#on('own', 'changed')})`
  }

  #on(left: string, right: string): string {
    return this.#columns
      .map((name) => `${left}.${identifier(name)} IS NOT DISTINCT FROM ${right}.${identifier(name)}`)
      .join(' AND ')
  }
}

const locations = (files: readonly DataFile[]): readonly string[] => files.map(({ location }) => location)

const typedColumns = (columns: readonly Column[]): string =>
  columns.map(({ name, type }) => `${identifier(name)} ${duckdbType(type)}`).join(', ')

function partitionOf(partitionBy: readonly string[], row: Readonly<Record<string, unknown>>): PartitionValues {
  return Object.fromEntries(partitionBy.map((name) => [name, row[name] === null ? null : String(row[name])]))
}
