import type { ColumnId } from '../../expression/expression.ts'
import type { Cut, StagedRows, Staging } from '../../increment/staging.ts'
import { empty } from '../../relation/build.ts'
import { ColumnIds, columnsOf, type Relation, type Scan, scansOf } from '../../relation/relation.ts'
import { relationSql } from '../../relation/relation-sql.ts'
import type { SqlSession } from './sql-session.ts'

export interface ScannedRows {
  /** What follows FROM. */
  sql(scan: Scan): string
  /** How many rows there are to read at most. */
  rows(scan: Scan): number
  /** As in `Staging`. */
  cuts(scan: Scan, column: ColumnId, direction: 'asc' | 'desc'): readonly Cut[]
}

/** Keeps what is staged in tables, `staged_0`, `staged_1`, ... */
export class SqlStaging implements Staging {
  readonly ids = new ColumnIds('s')
  readonly #work: SqlSession
  readonly #scanned: ScannedRows
  #staged = 0

  constructor(work: SqlSession, scanned: ScannedRows) {
    this.#work = work
    this.#scanned = scanned
  }

  sql(relation: Relation): string {
    return relationSql(relation, {
      expressions: this.#work.dialect.expressions,
      scan: (scan) => this.#scanned.sql(scan),
      staged: (name) => name,
    })
  }

  async stage(relation: Relation): Promise<StagedRows> {
    const columns = columnsOf(relation).map(() => this.ids.next())
    if (relation.kind === 'empty') return { relation: empty(columns), rows: 0, ranges: new Map() }
    const name = `staged_${this.#staged++}`
    const places = columns.map((_, place) => `k${place}`)
    const named = columnsOf(relation).map((column, place) => `${column} AS k${place}`)
    await this.#work.keep(name, `SELECT ${named.join(', ')} FROM (${this.sql(relation)})`)
    const { rows, ranges } = await this.#work.figures(name, places)
    if (rows === 0) return { relation: empty(columns), rows: 0, ranges: new Map() }
    const known = columns.flatMap((column, place) => {
      const range = ranges[place]
      return range ? [[column, range] as const] : []
    })
    return { relation: { kind: 'staged', name, columns }, rows, ranges: new Map(known) }
  }

  isLarge(relation: Relation): boolean {
    return this.#rows(relation) > this.#work.worth.leavingOut
  }

  cuts(scan: Scan, column: ColumnId, direction: 'asc' | 'desc'): readonly Cut[] {
    return this.#rows(scan) < this.#work.worth.pieces ? [] : this.#scanned.cuts(scan, column, direction)
  }

  #rows(relation: Relation): number {
    return scansOf(relation).reduce((sum, scan) => sum + this.#scanned.rows(scan), 0)
  }
}
