import type { CheckFailure } from '../../engine/check-failure.ts'
import { filesToMerge } from '../../engine/compaction.ts'
import type { DataFile, PartitionValues } from '../../engine/data-file.ts'
import { type AffectedStats, type IncrementRequest, NotAsRecorded } from '../../engine/increment.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import type { Affected } from '../../increment/delta/affected-rows.ts'
import { declaredOutputs } from './asset-sql.ts'
import { filesWithin } from './input-deltas.ts'
import { type AnswerRow, countsOf, emptySql, FILE, identifiersIn, type SqlSession } from './sql-session.ts'
import type { SqlStaging } from './sql-staging.ts'
import { failedChecks, keptRowViolations, tableViolations } from './table-checks.ts'

const STANDING = 'affected_standing'
const ARRIVING = 'affected_arriving'
const CHANGED = 'affected_changed'
const GOING = 'affected_going'
const COMING = 'affected_coming'
const LEAVING = 'affected_leaving'

/** No column of an asset can have a name with a dot. */
const SIDE = 'lake.side'

/** Standing files that are written anew, because rows of them go, or because small ones have become too many. */
export interface FilesToWrite {
  readonly rewritten: readonly DataFile[]
  readonly merged: readonly DataFile[]
}

export const NO_FILES: FilesToWrite = { rewritten: [], merged: [] }

/**
 * The affected rows of the table in tables that are kept: those that it has (`affected_standing`, each with its file) and those that it has to
 * have (`affected_arriving`). Where these are not the same for some values (`affected_changed`), the rows go (`affected_going`, their values
 * `affected_leaving`) and come (`affected_coming`).
 */
export class AffectedRows {
  readonly #work: SqlSession
  readonly #request: IncrementRequest
  readonly #affected: Affected
  /** What tells which rows are replaced by which. */
  readonly #columns: readonly string[]
  /** Standing files in which affected rows are looked for. */
  readonly filesRead: readonly DataFile[]

  constructor(work: SqlSession, request: IncrementRequest, affected: Affected) {
    this.#work = work
    this.#request = request
    this.#affected = affected
    this.#columns = affected.kind === 'table' ? keyOf(request.asset) : affected.on.map(({ column }) => column)
    this.filesRead = standingFiles(request, affected)
  }

  async stage(staging: SqlStaging): Promise<void> {
    await this.#keepArriving(staging)
    await this.#keepCurrent(staging)
    const [current = 0, arriving = 0] = await countsOf(this.#work, [STANDING, ARRIVING])
    if (this.#affected.kind === 'rows') refuseOtherRows(this.#affected.set.rows, current)
    await this.#work.keep(CHANGED, this.#changedSql(current === 0 || arriving === 0))
    await this.#work.reuse(GOING, this.#changed(STANDING))
    await this.#work.reuse(COMING, this.#changed(ARRIVING))
    await this.#work.keep(LEAVING, `SELECT DISTINCT ${this.#names(this.#columns)} FROM ${GOING}`)
  }

  /** What changes, and the current files, by their locations, that rows go of. */
  async figures(): Promise<{ readonly figures: AffectedStats; readonly touched: ReadonlySet<string> }> {
    const { partitionBy } = this.#asset
    const { by } = this.#request.followed
    const both = (columns: string) => `SELECT ${columns} FROM ${GOING} UNION SELECT ${columns} FROM ${COMING}`
    const { identifier, typeName } = this.#work.dialect
    const texts = partitionBy.map(
      (name) => `CAST(${identifier(name)} AS ${typeName({ kind: 'text' })}) AS ${identifier(name)}`,
    )
    const [[counts] = [], files = [], partitions = []] = await this.#work.ask([
      `SELECT (SELECT count(*) FROM (${both(by.length > 0 ? this.#names(by) : '1 AS one')})) AS found, ` +
        `(SELECT count(*) FROM ${GOING}) AS removed, (SELECT count(*) FROM ${COMING}) AS added`,
      `SELECT DISTINCT ${identifier(FILE)} AS file FROM ${GOING}`,
      ...(partitionBy.length > 0 ? [both(texts.join(', '))] : []),
    ])
    const figures = {
      keys: Number(counts?.found ?? 0),
      rowsRemoved: Number(counts?.removed ?? 0),
      rowsAdded: Number(counts?.added ?? 0),
      partitions: partitionBy.length > 0 ? partitions.map((row) => partitionOf(partitionBy, row)) : [{}],
    }
    const touched = new Set(files.map(({ file }) => this.#work.locationOf(String(file))))
    return { figures: figures.keys === 0 ? { ...figures, partitions: [] } : figures, touched }
  }

  files(touched: ReadonlySet<string>, partitions: readonly PartitionValues[]): FilesToWrite {
    const { current } = this.#request
    const kept = current.filter(({ location }) => !touched.has(location))
    return {
      rewritten: current.filter(({ location }) => touched.has(location)),
      merged: filesToMerge(kept, partitions),
    }
  }

  /** All rows of the files that are to be written. */
  newSql({ rewritten, merged }: FilesToWrite): string {
    return [
      `SELECT ${this.#all} FROM ${COMING}`,
      ...(rewritten.length > 0 ? [this.#stayingSql(rewritten)] : []),
      ...(merged.length > 0 ? [`SELECT ${this.#all} FROM ${this.#rowsOf(merged)}`] : []),
    ].join(' UNION ALL ')
  }

  /** What the new rows do not pass, by themselves and with those that stay. */
  check({ rowsAdded }: AffectedStats): Promise<readonly CheckFailure[]> {
    const asset = this.#asset
    const referenced = [...this.#request.referenced]
    const all = new Map(referenced.map(([key, { table }]) => [key, table]))
    const moved = new Map(referenced.flatMap(([key, { table, moved }]) => (moved ? [[key, table] as const] : [])))
    const staying = {
      rows: `(${this.#stayingSql(this.#request.current)})`,
      referenced: moved,
      arriving: COMING,
      sharingKeys: rowsAdded > 0 && !this.#replacesKeys,
    }
    const arriving = rowsAdded > 0
    return failedChecks(this.#work, { rows: COMING, checks: arriving ? this.#work.dialect.rowChecks(asset) : [] }, [
      ...(arriving ? tableViolations(this.#work, asset, { rows: COMING, referenced: all }) : []),
      ...keptRowViolations(this.#work, asset, staying),
    ])
  }

  /** Where rows are replaced by values that the key has in it, every row of a new row's key is among the replaced ones. */
  get #replacesKeys(): boolean {
    return this.#affected.kind === 'values' && this.#columns.every((name) => this.#asset.primaryKey.includes(name))
  }

  get #asset(): ResolvedTable {
    return this.#request.asset
  }

  #names(names: readonly string[]): string {
    return identifiersIn(this.#work.dialect, names)
  }

  get #all(): string {
    return this.#names(this.#asset.columns.map(({ name }) => name))
  }

  #keepArriving(staging: SqlStaging): Promise<void> {
    const { added } = this.#affected
    const { columns } = this.#asset
    if (added.kind === 'empty') return this.#work.keep(ARRIVING, emptySql(this.#work.dialect, columns))
    const outputs = declaredOutputs(this.#asset, this.#work.dialect.expressions)
    return this.#work.keepDeclared(ARRIVING, `SELECT ${outputs.join(', ')} FROM (${staging.sql(added)})`, columns)
  }

  #keepCurrent(staging: SqlStaging): Promise<void> {
    const { columns } = this.#asset
    const { identifier } = this.#work.dialect
    if (this.filesRead.length === 0) {
      const withFile = [...columns, { name: FILE, type: { kind: 'text' } as const }]
      return this.#work.keep(STANDING, emptySql(this.#work.dialect, withFile))
    }
    const rows = this.#work.filesNamed({ columns, files: locations(this.filesRead) })
    const current = `SELECT ${this.#all}, ${identifier(FILE)} FROM ${rows} AS own`
    if (this.#affected.kind === 'table') return this.#work.keep(STANDING, current)
    const { set, on } = this.#affected
    const matches = on.map(
      ({ column, setColumn }) => `own.${identifier(column)} IS NOT DISTINCT FROM touched.${setColumn}`,
    )
    const touched = `(${staging.sql(set.relation)}) AS touched`
    return this.#work.keep(STANDING, `${current} SEMI JOIN ${touched} ON ${matches.join(' AND ')}`)
  }

  /** The files' rows that do not go. */
  #stayingSql(files: readonly DataFile[]): string {
    return `SELECT ${this.#all} FROM ${this.#rowsOf(files)} AS own ANTI JOIN ${LEAVING} AS gone ON ${this.#on('own', 'gone')}`
  }

  #rowsOf(files: readonly DataFile[]): string {
    return this.#work.files({ columns: this.#asset.columns, files: locations(files) })
  }

  /** Rows that are among the current and the arriving ones alike, as often, do not change. */
  #changedSql(isOneSided: boolean): string {
    const by = this.#names(this.#columns)
    const side = this.#work.dialect.identifier(SIDE)
    const both =
      `SELECT ${this.#all}, 1 AS ${side} FROM ${STANDING} UNION ALL ` +
      `SELECT ${this.#all}, -1 AS ${side} FROM ${ARRIVING}`
    const differing = `SELECT ${this.#all} FROM (${both}) GROUP BY ${this.#all} HAVING sum(${side}) <> 0`
    return `SELECT DISTINCT ${by} FROM (${isOneSided ? both : differing})`
  }

  #changed(table: string): string {
    return `SELECT own.* FROM ${table} AS own SEMI JOIN ${CHANGED} AS changed ON ${this.#on('own', 'changed')}`
  }

  #on(left: string, right: string): string {
    const { identifier } = this.#work.dialect
    return this.#columns
      .map((name) => `${left}.${identifier(name)} IS NOT DISTINCT FROM ${right}.${identifier(name)}`)
      .join(' AND ')
  }
}

/** What tells rows apart: all columns where nothing else does. */
const keyOf = ({ primaryKey, columns }: ResolvedTable): readonly string[] =>
  primaryKey.length > 0 ? primaryKey : columns.map(({ name }) => name)

function standingFiles({ current }: IncrementRequest, affected: Affected): readonly DataFile[] {
  if (affected.kind === 'table') return current
  return affected.set.rows === 0 ? [] : filesWithin(current, affected.ranges)
}

/** Each removed row has to be there, once: else the table is not what its inputs made, and what to take out of it is not known. */
function refuseOtherRows(expected: number, rows: number): void {
  if (rows === expected) return
  throw new NotAsRecorded(
    `${expected} of its rows would have to be replaced, and it has ${rows} with their keys: it does not hold what its inputs made`,
  )
}

const locations = (files: readonly DataFile[]): readonly string[] => files.map(({ location }) => location)

function partitionOf(partitionBy: readonly string[], row: AnswerRow): PartitionValues {
  return Object.fromEntries(partitionBy.map((name) => [name, row[name] === null ? null : String(row[name])]))
}
