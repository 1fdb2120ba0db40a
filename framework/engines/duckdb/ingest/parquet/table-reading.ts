/**
 * Provides facts about the data files of a Delta table that are only in its log: columns, values
 * and deleted rows.
 */
import type { AddFile } from '../../../../delta/actions.ts'
import { corruptTable } from '../../../../delta/corrupt-table.ts'
import type { OutsideColumn } from '../../../../delta/outside/outside-schema.ts'
import { type OutsideTable, partitionText } from '../../../../delta/outside/outside-table.ts'
import { readVectors } from '../../../../delta/vectors/vector-files.ts'
import type { FileRows } from '../../../../engine/data-file.ts'
import { columnType, partitionType } from '../../../../ingest/delta/column-type.ts'
import { mappedFields } from '../../../../ingest/delta/mapped-fields.ts'
import type { LineColumn } from '../../../../ingest/lines/line-columns.ts'
import { shortened } from '../../../../ingest/lines/parse-value.ts'
import { type FileField, type FileType, fileTypeName } from '../../../../ingest/parquet/file-type.ts'
import type { StoredFile } from '../../../../storage/storage.ts'
import { expectedType } from './expected-type.ts'
import { aliasOf, type FileColumns, type RowColumn } from './file-plan.ts'
import type { LocalParquet } from './local-parquet.ts'

export class TableReading {
  readonly #table: OutsideTable
  readonly #taken: ReadonlySet<string>
  readonly #partitions: readonly OutsideColumn[]

  /** `columns` are those that the source takes. */
  constructor(table: OutsideTable, columns: readonly Pick<LineColumn, 'keys'>[]) {
    this.#table = table
    this.#taken = new Set(columns.map(({ keys }) => keys[0]))
    this.#partitions = table.columns.filter(({ name }) => table.partitionColumns.includes(name))
  }

  /** Throws `source-unreadable`: no file of a table can be left out. */
  refuse(path: string, reason: string): never {
    throw corruptTable(this.#table.location, `${path}: ${reason}`)
  }

  /** The file with the etag of its listing, because a name never gets another content. */
  asListed(local: LocalParquet, { etag }: StoredFile): LocalParquet {
    const { file } = local
    const { size } = this.#add(file.path)
    if (file.size !== size) this.refuse(file.path, `the file has ${file.size} bytes, and the log says ${size}`)
    return { ...local, file: { ...file, etag, settled: true } }
  }

  /** The rows that the table still has, by path. A file without an entry has all of its rows. */
  async liveRows(files: readonly LocalParquet[]): Promise<ReadonlyMap<string, FileRows>> {
    const marked = files.flatMap(({ file, footer }) => {
      const add = this.#add(file.path)
      return add.deletionVector && 'rows' in footer ? [{ add, rows: footer.rows }] : []
    })
    // The log can lack the number of rows, with which the vectors are compared.
    const counted = marked.map(({ add, rows }) => ({ ...add, stats: JSON.stringify({ numRecords: rows }) }))
    const vectors = await readVectors(this.#table.location, counted)
    const live = new Map<string, FileRows>()
    for (const [index, { add, rows }] of marked.entries()) {
      const positions = vectors[index]
      if (positions) live.set(add.path, { kind: 'except', positions, rowsInFile: rows })
    }
    return live
  }

  /**
   * The texts of the file's partition values, in the order of the columns that `columnsOf` adds for
   * them.
   */
  partitionTexts(path: string): readonly (string | null)[] {
    const add = this.#add(path)
    return this.#partitions.map((column) => {
      const text = partitionText(add, column)
      return text === undefined
        ? this.refuse(path, `the log has no value of its partition column ${column.name}`)
        : text
    })
  }

  /**
   * The columns of the file. If the file lacks a column because it is older, the column is null in
   * all rows. Columns that no column of the source takes are listed only if the file has them.
   */
  columnsOf(path: string, stored: readonly FileField[]): FileColumns {
    const { columns, mapping } = this.#table
    if (mapping === 'id' && !stored.some(({ id }) => id !== undefined))
      this.refuse(path, 'the table maps columns by ids, and the file has none')
    const found = new Map(mappedFields(stored, columns, mapping).map((field) => [field.name, field]))
    const texts = this.partitionTexts(path)
    const fields = columns.flatMap((column): readonly RowColumn[] => {
      const partition = this.#partitions.indexOf(column)
      if (partition >= 0) return [this.#partition(path, column, { text: texts[partition] ?? null, partition })]
      const { at = 0, ...field } = found.get(column.name) ?? {}
      if ('name' in field) return [{ ...field, sql: aliasOf(at) }]
      const nothing = { name: column.name, type: { kind: 'null' }, nullable: true, sql: 'NULL' } as const
      return this.#taken.has(column.name) ? [nothing] : []
    })
    return { stored, fields }
  }

  #partition(
    path: string,
    column: OutsideColumn,
    { text, partition }: { readonly text: string | null; readonly partition: number },
  ): RowColumn {
    const { name } = column
    const type = partitionType(column, text)
    if (!type) {
      const expected = fileTypeName(columnType(column.type))
      this.refuse(path, `the log has ${shortened(String(text))} as a value of ${name}, which has ${expected}`)
    }
    return { name, type, nullable: text === null || column.nullable, sql: partitionSql(partition, type) }
  }

  #add(path: string): AddFile {
    const add = this.#table.files.get(path)
    if (!add) throw new Error(`${path} is no file of the table`)
    return add
  }
}

/** The name in `parquet-sql.ts` of the text of a partition value. */
export const partitionAlias = (index: number): string => `k${index}`

function partitionSql(index: number, type: FileType): string {
  const text = `placed.${partitionAlias(index)}`
  if (type.kind === 'timestamp') return `CAST(${text} AS ${type.isMoment ? 'TIMESTAMPTZ' : 'TIMESTAMP'})`
  const expected = expectedType(type)
  return expected === undefined ? text : `CAST(${text} AS ${expected})`
}
