/** Writes the statements that read the Parquet files of a source. */
import type { Column } from '../../../../declare/columns.ts'
import type { FileRows } from '../../../../engine/data-file.ts'
import type { PathColumn } from '../../../../ingest/lines/line-columns.ts'
import type { OpenFile } from '../../../../storage/storage.ts'
import { FILE, identifier, isLive, literalPath, textListLiteral, textLiteral } from '../../sql.ts'
import { valueSql } from '../load-batches.ts'
import type { FilePlan } from './file-plan.ts'
import { partitionAlias } from './table-reading.ts'

/** A file with the columns of a plan. */
interface PlacedFile {
  readonly file: Pick<OpenFile, 'path'>
  readonly location: string
  /** The value of each path column, as JSON. */
  readonly pathValues: readonly string[]
  /** The text of each partition value in the log of the Delta table. */
  readonly partitionTexts: readonly (string | null)[]
}

/** Files that one statement converts in the same way. */
export interface PlannedFiles {
  readonly plan: FilePlan
  readonly files: readonly PlacedFile[]
  /** The rows that count, if there is one file and not all do. */
  readonly liveRows: FileRows | undefined
}

export interface WantedColumns {
  readonly columns: readonly Column[]
  readonly pathColumns: readonly PathColumn[]
}

/** The rows of the source: those that fulfil all conditions. */
export function convertedSql(planned: PlannedFiles, { columns, pathColumns }: WantedColumns): string {
  const { plan } = planned
  const placed = new Map(pathColumns.map(({ name }, index) => [name, `placed.p${index}`]))
  const selected = columns.map(({ name }) => {
    const value = placed.get(name) ?? plan.values.get(name) ?? SYSTEM.get(name)
    if (value === undefined) throw new Error(`${name} has no value`)
    return `${value} AS ${identifier(name)}`
  })
  const conditions = plan.conditions.map(({ holds }) => holds)
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  return `SELECT ${selected.join(', ')} FROM ${rowsSql(planned, pathColumns)}${where}`
}

/** The rows that count, each with the facts about its file. */
const rowsSql = (planned: PlannedFiles, pathColumns: readonly PathColumn[] = []): string =>
  `${storedSql(planned)} JOIN ${placedSql(planned, pathColumns)}`

const SYSTEM = new Map([
  ['_file', 'placed.path'],
  ['_line', 'file_row_number + 1'],
])

function storedSql({ plan, files, liveRows }: PlannedFiles): string {
  const all = parquetSql(files.map(({ location }) => location))
  const counted = liveRows ? `(SELECT * FROM ${all} WHERE ${isLive(liveRows)})` : all
  return `${counted} AS stored(${plan.aliases.join(', ')})`
}

const parquetSql = (locations: readonly string[]): string =>
  `read_parquet(${textListLiteral(locations.map(literalPath))}, filename = ${textLiteral(FILE.slice(1, -1))}, ` +
  'file_row_number = true, hive_partitioning = false)'

/** The facts that follow from each file's path, to be joined. */
function placedSql({ files }: PlannedFiles, pathColumns: readonly PathColumn[]): string {
  const rows = files.map(({ file: { path }, location, pathValues, partitionTexts }) => {
    const values = pathColumns.map(({ type }, index) => valueSql(type, pathValues[index]))
    const texts = partitionTexts.map((text) => (text === null ? 'CAST(NULL AS VARCHAR)' : textLiteral(text)))
    return `(${[textLiteral(location), textLiteral(path), ...values, ...texts].join(', ')})`
  })
  const partitions = files[0]?.partitionTexts.map((_, index) => partitionAlias(index)) ?? []
  const names = ['location', 'path', ...pathColumns.map((_, index) => `p${index}`), ...partitions]
  return `(VALUES ${rows.join(', ')}) AS placed(${names.join(', ')}) ON placed.location = stored.${FILE}`
}

/** Reads all that `convertedSql` reads, and keeps nothing. */
export const scannedSql = (planned: PlannedFiles, wanted: WantedColumns): string =>
  `SELECT max(hash(converted)) FROM (${convertedSql(planned, wanted)}) AS converted`

/** Maximum length of a value in a reason, in characters. */
const MAX_SHOWN = 100

/**
 * The rows that do not fulfil all conditions: `location`; `row` from 1; `wrong`, the index of the
 * first condition that fails; `shown`, the value that its reason shows; and `text`, the text of the
 * record.
 */
export function rejectsSql(planned: PlannedFiles, maxText: number): string {
  const { conditions, record } = planned.plan
  const first = (result: (index: number) => string) =>
    `CASE ${conditions.map(({ holds }, index) => `WHEN (${holds}) IS NOT TRUE THEN ${result(index)}`).join(' ')} END`
  const all = conditions.map(({ holds }) => `(${holds})`).join(' AND ')
  return (
    `SELECT placed.location, file_row_number + 1 AS "row", ${first(String)} AS wrong, ` +
    `left(${first((index) => conditions[index]?.shown ?? "''")}, ${MAX_SHOWN}) AS shown, ` +
    `left(CAST(TRY(to_json(${record})) AS VARCHAR), ${maxText}) AS text ` +
    `FROM ${rowsSql(planned)} WHERE (${all}) IS NOT TRUE`
  )
}

/** How DuckDB reads the columns of the file, in their order, as `column_type`. */
export const describeSql = (location: string): string => `DESCRIBE SELECT * FROM ${parquetSql([location])}`

/** The values of the columns in the first row, as JSON: `e0`, `e1`, ... */
export function examplesSql(planned: PlannedFiles, aliases: readonly string[], maxText: number): string {
  const values = aliases.map((alias, index) => `left(CAST(TRY(to_json(${alias})) AS VARCHAR), ${maxText}) AS e${index}`)
  return `SELECT ${values.join(', ')} FROM ${rowsSql(planned)} LIMIT 1`
}
