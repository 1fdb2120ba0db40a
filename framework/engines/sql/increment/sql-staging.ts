/** Stages the relations of an increment as tables of a SQL session. */
import type { ColumnId } from '../../../expression/expression.ts'
import { type ChangedColumn, changedColumnOf } from '../../../increment/pushdown/changed-column.ts'
import type { Cut, StagedRows, Staging } from '../../../increment/staging.ts'
import { empty } from '../../../relation/build.ts'
import { columnPairs } from '../../../relation/columns.ts'
import { ColumnIds, columnsOf, type KeyMatch, type Relation, type Scan, scansOf } from '../../../relation/relation.ts'
import { relationSql } from '../../../relation/sql/relation-sql.ts'
import type { SqlSession } from '../sql-session.ts'

/** The tables that a relation scans. */
export interface ScannedRows {
  /** The scan's rows, for use after FROM. */
  sql(scan: Scan): string
  /** Counts the files that the scan reads as read. */
  markRead(scan: Scan): void
  /** Maximum number of rows to read. */
  rows(scan: Scan): number
  /**
   * A scan of all rows of `scan` whose column has a value that a changed row has in the other
   * column, and possibly of other rows.
   */
  lookUp(scan: Scan, column: ColumnId, from: ChangedColumn): Promise<Scan>
  /** See `cuts` of `Staging`. */
  cuts(scan: Scan, column: ColumnId, direction: 'asc' | 'desc'): readonly Cut[]
}

/** Stages each relation as a table: `staged_0`, `staged_1`, ... */
export class SqlStaging implements Staging {
  readonly ids = new ColumnIds('s')
  readonly #session: SqlSession
  readonly #scanned: ScannedRows
  #staged = 0
  /** Staged column -> the changed column that its values come from. */
  readonly #changed = new Map<ColumnId, ChangedColumn>()

  constructor(session: SqlSession, scanned: ScannedRows) {
    this.#session = session
    this.#scanned = scanned
  }

  /** The SELECT of the relation's rows, for a statement that reads them. */
  sql(relation: Relation): string {
    for (const scan of scansOf(relation)) this.#scanned.markRead(scan)
    return relationSql(relation, {
      expressions: this.#session.dialect.expressions,
      scan: (scan) => this.#scanned.sql(scan),
      staged: (name) => name,
    })
  }

  async stage(relation: Relation): Promise<StagedRows> {
    const columns = columnsOf(relation).map(() => this.ids.next())
    if (relation.kind === 'empty') return { relation: empty(columns), rows: 0, ranges: new Map() }
    const name = `staged_${this.#staged++}`
    const names = columns.map((_, index) => `k${index}`)
    const named = columnsOf(relation).map((column, index) => `${column} AS k${index}`)
    const select = `SELECT ${named.join(', ')} FROM (${this.sql(relation)})`
    const { rows, ranges } = await this.#session.keepMeasured(name, select, names)
    if (rows === 0) return { relation: empty(columns), rows: 0, ranges: new Map() }
    for (const [column, staged] of columnPairs(columnsOf(relation), columns)) {
      const from = changedColumnOf(relation, column, this.#changed)
      if (from) this.#changed.set(staged, from)
    }
    const known = columns.flatMap((column, index) => {
      const range = ranges[index]
      return range ? [[column, range] as const] : []
    })
    return { relation: { kind: 'staged', name, columns }, rows, ranges: new Map(known) }
  }

  async lookUp(scan: Scan, on: readonly KeyMatch[]): Promise<Scan> {
    if (!this.isLarge(scan)) return scan
    for (const { kind, left, right } of on) {
      const from = kind === 'equality' ? this.#changed.get(right) : undefined
      const found = from ? await this.#scanned.lookUp(scan, left, from) : scan
      if (found !== scan) return found
    }
    return scan
  }

  isLarge(relation: Relation): boolean {
    return this.#rows(relation) > this.#session.worth.minRowsToSkip
  }

  isSmaller(one: Relation, other: Relation): boolean {
    return this.#rows(one) < this.#rows(other)
  }

  cuts(scan: Scan, column: ColumnId, direction: 'asc' | 'desc'): readonly Cut[] {
    return this.#rows(scan) < this.#session.worth.minRowsToSplit ? [] : this.#scanned.cuts(scan, column, direction)
  }

  #rows(relation: Relation): number {
    return scansOf(relation).reduce((sum, scan) => sum + this.#scanned.rows(scan), 0)
  }
}
