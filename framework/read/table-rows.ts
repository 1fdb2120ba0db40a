/** Reads the rows of a table for a program: plans the columns and files, then reads row by row. */
import type { Column } from '../declare/columns.ts'
import type { Snapshot } from '../delta/snapshot.ts'
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import type { ArrowBatch } from './arrow/arrow-stream.ts'
import { type ColumnCondition, conditionOn, type WrittenCondition } from './condition.ts'
import { refuseOtherColumns } from './declared-columns.ts'
import { type FoundRows, readFiles } from './files/read-files.ts'
import type { LakeTable } from './lake-table.ts'
import { programValueOf } from './values.ts'

/** A table and the version of it that is read. */
export interface TableToRead {
  readonly lake: Storage
  readonly key: string
  /** The columns of the table, as the asset declares them. */
  readonly columns: readonly Column[]
  readonly isPinned: boolean
  /** Throws `usage` if the table does not exist. */
  readonly open: () => Promise<Snapshot>
}

interface Request {
  readonly conditions: readonly ColumnCondition[]
  /** All columns if undefined. */
  readonly selected: readonly Column[] | undefined
  readonly limit: number
}

const EVERYTHING: Request = { conditions: [], selected: undefined, limit: Number.POSITIVE_INFINITY }

/**
 * The rows of one table. Its methods check their arguments, and read nothing before `rows`. The
 * caller decides how the declared columns make a `Row`.
 */
export class TableRows<Row, Selected = Row> implements LakeTable<Row, Selected> {
  readonly #table: TableToRead
  readonly #request: Request

  constructor(table: TableToRead, request: Request = EVERYTHING) {
    this.#table = table
    this.#request = request
  }

  where(name: string, operator: WrittenCondition['operator'], value: unknown): TableRows<Row, Selected> {
    const condition = conditionOn(this.#column(name), { operator, value })
    return new TableRows(this.#table, { ...this.#request, conditions: [...this.#request.conditions, condition] })
  }

  select<const Name extends keyof Row & string>(columns: Name | readonly Name[]): TableRows<Row, Pick<Row, Name>> {
    const names = new Set(typeof columns === 'string' ? [columns] : columns)
    const selected = Array.from(names, (name) => this.#column(name))
    return new TableRows(this.#table, { ...this.#request, selected })
  }

  limit(rows: number): TableRows<Row, Selected> {
    if (Number.isInteger(rows) && rows >= 0) return new TableRows(this.#table, { ...this.#request, limit: rows })
    throw new LakeError('usage', { problem: `limit(${rows}) is not a whole number of rows` })
  }

  async *rows(): AsyncGenerator<Selected, void, undefined> {
    for await (const rows of this.#pieces(this.#asRows())) yield* rows
  }

  async all(): Promise<Selected[]> {
    const all: Selected[] = []
    for await (const rows of this.#pieces(this.#asRows())) for (const row of rows) all.push(row)
    return all
  }

  async arrow(): Promise<Uint8Array> {
    const { openArrow } = await import('./arrow/arrow-stream.ts')
    const stream = await openArrow(this.#selected)
    const batches: ArrowBatch[] = []
    for await (const batch of this.#pieces((rows) => stream.batch(rows))) batches.push(batch)
    return stream.bytes(batches)
  }

  get #selected(): readonly Column[] {
    return this.#request.selected ?? this.#table.columns
  }

  #asRows(): (rows: FoundRows) => readonly Selected[] {
    const shown = this.#selected.map((column) => ({ name: column.name, show: programValueOf(column) }))
    return ({ count, columns }) =>
      Array.from({ length: count }, (_, at) => {
        const values = shown.map(({ name, show }, index) => [name, show(columns[index]?.[at] ?? null)] as const)
        // A column can be called `__proto__`, and an assignment to that name makes no field.
        return Object.fromEntries(values) as Selected
      })
  }

  async *#pieces<Shaped>(shape: (rows: FoundRows) => Shaped): AsyncGenerator<Shaped> {
    const { lake, key, columns, isPinned, open } = this.#table
    const { conditions, limit } = this.#request
    if (limit === 0) return
    const { version, metadata, files } = await open()
    refuseOtherColumns(columns, { key, version, columns: metadata.columns })
    const table = { lake, key, version, isPinned, ...metadata }
    yield* readFiles(table, [...files.values()], { conditions, selected: this.#selected, limit }, shape)
  }

  #column(name: string): Column {
    const { key, columns } = this.#table
    const column = columns.find((one) => one.name === name)
    if (column) return column
    throw new LakeError('usage', {
      problem: `${key} has no column ${JSON.stringify(name)}; it has ${columns.map((one) => one.name).join(', ')}`,
      asset: key,
    })
  }
}
