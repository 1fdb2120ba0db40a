/** Finds the rows of a table that an increment removes and adds, and the files that it rewrites. */
import type { CheckFailure } from '../../../engine/check-failure.ts'
import { filesToMerge } from '../../../engine/compaction.ts'
import type { DataFile, PartitionValues } from '../../../engine/data-file.ts'
import type { AffectedRequest, AffectedStats, MarkedRows } from '../../../engine/increment.ts'
import { isMarkable } from '../../../engine/marking.ts'
import { type ResolvedTable, usesVectors } from '../../../graph/resolved-asset.ts'
import type { Affected } from '../../../increment/delta/affected-rows.ts'
import { type Refusal, refused } from '../../../refusal.ts'
import { declaredOutputs } from '../asset-sql.ts'
import {
  countsOf,
  emptySql,
  FILE_COLUMN,
  identifiersIn,
  POSITION_COLUMN,
  type ResultRow,
  type SqlSession,
} from '../sql-session.ts'
import { failedChecks, keptRowViolations, sameKey, tableViolations } from '../table-checks.ts'
import { filesWithin } from './input-deltas.ts'
import { inputOfFiles } from './input-of-files.ts'
import type { SqlStaging } from './sql-staging.ts'

const CURRENT = 'affected_current'
const NEW = 'affected_new'
const CHANGED_KEYS = 'affected_changed_keys'
const REMOVED = 'affected_removed'
const ADDED = 'affected_added'
const REMOVED_KEYS = 'affected_removed_keys'

/** No column of an asset has this name, because it contains a dot. */
const SIDE = 'lake.side'

/** Current files that an increment changes. */
interface FilesToWrite {
  /** Rewritten, because some of their rows are removed. */
  readonly rewritten: readonly DataFile[]
  /**
   * Rewritten, because there are too many small files, or because the files must no longer have
   * deleted rows.
   */
  readonly merged: readonly DataFile[]
  /** Files whose removed rows are marked as deleted. */
  readonly marked: readonly DataFile[]
}

interface AffectedCounts {
  readonly stats: AffectedStats
  /** Location of a current file -> the number of rows that it loses. */
  readonly touched: ReadonlyMap<string, number>
  /** Number of added rows whose primary key no removed row has. */
  readonly newKeys: number
}

const NOTHING: AffectedCounts = {
  stats: { keys: 0, rowsRemoved: 0, rowsAdded: 0, partitions: [] },
  touched: new Map(),
  newKeys: 0,
}

/**
 * Keeps the affected rows in tables. `affected_current` holds those that the table has, each with
 * its file, and `affected_new` those that it should have. `affected_changed_keys` holds the keys
 * whose rows differ between the two. For these keys, the rows of `affected_removed` are removed and
 * the rows of `affected_added` are added; `affected_removed_keys` holds the keys of the removed
 * rows.
 */
export class AffectedRows {
  readonly #session: SqlSession
  readonly #request: AffectedRequest
  readonly #affected: Affected
  /** Rows that agree in these columns replace each other. */
  readonly #columns: readonly string[]
  /** Current files that can hold affected rows. */
  readonly filesRead: readonly DataFile[]
  /** Whether it is known that the table has the new rows already. */
  #isSame: boolean

  constructor(session: SqlSession, request: AffectedRequest, affected: Affected) {
    this.#session = session
    this.#request = request
    this.#affected = affected
    this.#columns = affected.kind === 'table' ? keyOf(request.asset) : affected.on.map(({ column }) => column)
    this.filesRead = currentFiles(request, affected)
    this.#isSame = affected.kind !== 'table' && affected.added.kind === 'empty' && affected.set.rows === 0
  }

  /** Whether no row is removed or added, and no file has to be rewritten for another reason. */
  get changeNothing(): boolean {
    return this.#isSame && this.files(new Map(), []).merged.length === 0
  }

  /** Refuses if the table does not have exactly one of each row to remove. */
  async stage(staging: SqlStaging): Promise<Refusal | undefined> {
    if (this.changeNothing) return undefined
    await this.#keepNew(staging)
    await this.#keepCurrent(staging)
    const [current = 0, added = 0] = await countsOf(this.#session, [CURRENT, NEW])
    const refusal = this.#affected.kind === 'rows' ? checkRows(this.#affected.set.rows, current) : undefined
    if (refusal) return refusal
    await this.#session.keep(CHANGED_KEYS, this.#changedSql(current === 0 || added === 0))
    this.#isSame = this.#session.rowsKept?.(CHANGED_KEYS) === 0
    if (this.changeNothing) return undefined
    await this.#session.reuse(REMOVED, this.#changed(CURRENT))
    await this.#session.reuse(ADDED, this.#changed(NEW))
    await this.#session.keep(REMOVED_KEYS, `SELECT DISTINCT ${this.#names(this.#columns)} FROM ${REMOVED}`)
    return undefined
  }

  async stats(): Promise<AffectedCounts> {
    if (this.changeNothing) return NOTHING
    const { partitionBy } = this.#asset
    const { byColumns } = this.#request.followed
    const both = (columns: string) => `SELECT ${columns} FROM ${REMOVED} UNION SELECT ${columns} FROM ${ADDED}`
    const { identifier, typeName } = this.#session.dialect
    const texts = partitionBy.map(
      (name) => `CAST(${identifier(name)} AS ${typeName({ kind: 'text' })}) AS ${identifier(name)}`,
    )
    const [[counts] = [], files = [], partitions = []] = await this.#session.query([
      `SELECT (SELECT count(*) FROM (${both(byColumns.length > 0 ? this.#names(byColumns) : '1 AS one')})) AS found, ` +
        `(SELECT count(*) FROM ${REMOVED}) AS removed, (SELECT count(*) FROM ${ADDED}) AS added, ` +
        `(${this.#newKeysSql()}) AS new_keys`,
      `SELECT ${identifier(FILE_COLUMN)} AS file, count(*) AS removed FROM ${REMOVED} GROUP BY ${identifier(FILE_COLUMN)}`,
      ...(partitionBy.length > 0 ? [both(texts.join(', '))] : []),
    ])
    const stats = {
      keys: Number(counts?.found ?? 0),
      rowsRemoved: Number(counts?.removed ?? 0),
      rowsAdded: Number(counts?.added ?? 0),
      partitions: partitionBy.length > 0 ? partitions.map((row) => partitionOf(partitionBy, row)) : [{}],
    }
    const touched = new Map(files.map(({ file, removed }) => [this.#session.locationOf(String(file)), Number(removed)]))
    const newKeys = Number(counts?.new_keys ?? 0)
    return { stats: stats.keys === 0 ? { ...stats, partitions: [] } : stats, touched, newKeys }
  }

  /**
   * Counts the added rows whose primary key no removed row has. Counts none in a table without a
   * key.
   */
  #newKeysSql(): string {
    const { primaryKey } = this.#asset
    if (primaryKey.length === 0) return 'SELECT 0'
    const on = sameKey(this.#session, this.#asset)
    return `SELECT count(*) FROM ${ADDED} AS own ANTI JOIN ${REMOVED} AS other ON ${on}`
  }

  files(touched: ReadonlyMap<string, number>, partitions: readonly PartitionValues[]): FilesToWrite {
    const { current } = this.#request
    const losing = current.filter(({ location }) => touched.has(location))
    const isMarked = (file: DataFile) => this.#marks && isMarkable(file, touched.get(file.location) ?? 0)
    const others = current.filter(({ location }) => !touched.has(location))
    const merged = new Set(filesToMerge(others, partitions))
    if (!usesVectors(this.#asset)) for (const file of others) if (file.liveRows) merged.add(file)
    return {
      rewritten: losing.filter((file) => !isMarked(file)),
      merged: [...merged],
      marked: losing.filter(isMarked),
    }
  }

  /** The removed rows of these files. */
  marked(files: readonly DataFile[]): Promise<readonly MarkedRows[]> {
    const { identifier, expressions } = this.#session.dialect
    if (files.length === 0 || !this.#session.marked) return Promise.resolve([])
    const named = files.map(({ location }) => expressions.text(location)).join(', ')
    const rows = `(SELECT * FROM ${REMOVED} WHERE ${identifier(FILE_COLUMN)} IN (${named}))`
    return this.#session.marked(rows, this.#asset)
  }

  /** Whether removed rows can be marked as deleted. */
  get #marks(): boolean {
    return usesVectors(this.#asset) && this.#session.filesNumbered !== undefined
  }

  /** All rows of the files to write. */
  newSql({ rewritten, merged }: FilesToWrite): string {
    return [
      `SELECT ${this.#all} FROM ${ADDED}`,
      ...(rewritten.length > 0 ? [this.#stayingSql(rewritten)] : []),
      ...(merged.length > 0 ? [`SELECT ${this.#all} FROM ${this.#rowsOf(merged)}`] : []),
    ].join(' UNION ALL ')
  }

  /** The checks that fail for the new rows, alone and together with the kept rows. */
  check({ stats: { rowsAdded }, newKeys }: AffectedCounts): Promise<readonly CheckFailure[]> {
    const asset = this.#asset
    const referenced = [...this.#request.referenced]
    const all = new Map(referenced.map(([key, { table }]) => [key, table]))
    const shrunk = new Map(
      referenced.flatMap(([key, { table, canHaveLostKeys }]) => (canHaveLostKeys ? [[key, table] as const] : [])),
    )
    const staying = {
      rows: `(${this.#stayingSql(this.#request.current)})`,
      referenced: shrunk,
      arriving: ADDED,
      // The removed row was the only one with its key.
      sharingKeys: newKeys > 0 && !this.#replacesKeys,
    }
    const arriving = rowsAdded > 0
    return failedChecks(
      this.#session,
      { rows: ADDED, checks: arriving ? this.#session.dialect.rowChecks(asset) : [] },
      [
        ...(arriving ? tableViolations(this.#session, asset, { rows: ADDED, referenced: all }) : []),
        ...keptRowViolations(this.#session, asset, staying),
      ],
    )
  }

  /**
   * Whether the columns by which rows are replaced are all in the key. Then every row with a new
   * row's key is replaced.
   */
  get #replacesKeys(): boolean {
    return this.#affected.kind === 'values' && this.#columns.every((name) => this.#asset.primaryKey.includes(name))
  }

  get #asset(): ResolvedTable {
    return this.#request.asset
  }

  #names(names: readonly string[]): string {
    return identifiersIn(this.#session.dialect, names)
  }

  get #all(): string {
    return this.#names(this.#asset.columns.map(({ name }) => name))
  }

  #keepNew(staging: SqlStaging): Promise<void> {
    const { added } = this.#affected
    const { columns } = this.#asset
    if (added.kind === 'empty') return this.#session.keep(NEW, emptySql(this.#session.dialect, columns))
    const outputs = declaredOutputs(this.#asset, this.#session.dialect.expressions)
    return this.#session.keepDeclared(NEW, `SELECT ${outputs.join(', ')} FROM (${staging.sql(added)})`, columns)
  }

  #keepCurrent(staging: SqlStaging): Promise<void> {
    const { columns } = this.#asset
    const { identifier } = this.#session.dialect
    if (this.filesRead.length === 0) {
      const withFile = [...columns, { name: FILE_COLUMN, type: { kind: 'text' } as const }]
      return this.#session.keep(CURRENT, emptySql(this.#session.dialect, withFile))
    }
    const files = inputOfFiles(columns, this.filesRead)
    const numbered = this.#marks ? this.#session.filesNumbered?.(files) : undefined
    const rows = numbered ?? this.#session.filesNamed(files)
    const place = numbered === undefined ? [FILE_COLUMN] : [FILE_COLUMN, POSITION_COLUMN]
    const current = `SELECT ${this.#all}, ${this.#names(place)} FROM ${rows} AS own`
    if (this.#affected.kind === 'table') return this.#session.keep(CURRENT, current)
    const { set, on } = this.#affected
    const matches = on.map(({ column, setColumn }) => {
      // For plain equality, DuckDB skips row groups. If the set has no null, the rows are the same.
      const equals = set.ranges.get(setColumn)?.nulls === false ? '=' : 'IS NOT DISTINCT FROM'
      return `own.${identifier(column)} ${equals} touched.${setColumn}`
    })
    const touched = `(${staging.sql(set.relation)}) AS touched`
    return this.#session.keep(CURRENT, `${current} SEMI JOIN ${touched} ON ${matches.join(' AND ')}`)
  }

  /** The rows of the files that are kept. */
  #stayingSql(files: readonly DataFile[]): string {
    return `SELECT ${this.#all} FROM ${this.#rowsOf(files)} AS own ANTI JOIN ${REMOVED_KEYS} AS removed ON ${this.#on('own', 'removed')}`
  }

  #rowsOf(files: readonly DataFile[]): string {
    return this.#session.files(inputOfFiles(this.#asset.columns, files))
  }

  /** Rows that occur equally often among the current and the new ones do not change. */
  #changedSql(isOneSided: boolean): string {
    const by = this.#names(this.#columns)
    const side = this.#session.dialect.identifier(SIDE)
    const both =
      `SELECT ${this.#all}, 1 AS ${side} FROM ${CURRENT} UNION ALL ` + `SELECT ${this.#all}, -1 AS ${side} FROM ${NEW}`
    const differing = `SELECT ${this.#all} FROM (${both}) GROUP BY ${this.#all} HAVING sum(${side}) <> 0`
    return `SELECT DISTINCT ${by} FROM (${isOneSided ? both : differing})`
  }

  #changed(table: string): string {
    return `SELECT own.* FROM ${table} AS own SEMI JOIN ${CHANGED_KEYS} AS changed ON ${this.#on('own', 'changed')}`
  }

  #on(left: string, right: string): string {
    const { identifier } = this.#session.dialect
    return this.#columns
      .map((name) => `${left}.${identifier(name)} IS NOT DISTINCT FROM ${right}.${identifier(name)}`)
      .join(' AND ')
  }
}

/** The primary key; all columns if the table has none. */
const keyOf = ({ primaryKey, columns }: ResolvedTable): readonly string[] =>
  primaryKey.length > 0 ? primaryKey : columns.map(({ name }) => name)

function currentFiles({ current }: AffectedRequest, affected: Affected): readonly DataFile[] {
  if (affected.kind === 'table') return current
  return affected.set.rows === 0 ? [] : filesWithin(current, affected.ranges)
}

/**
 * Each removed row must be in the table exactly once. Otherwise the table does not hold what its
 * inputs gave, and the rows to remove are unknown.
 */
function checkRows(expected: number, rows: number): Refusal | undefined {
  if (rows === expected) return undefined
  return refused(
    `${expected} of its rows would have to be replaced, and it has ${rows} with their keys: it does not hold what its inputs made`,
  )
}

function partitionOf(partitionBy: readonly string[], row: ResultRow): PartitionValues {
  return Object.fromEntries(partitionBy.map((name) => [name, row[name] === null ? null : String(row[name])]))
}
