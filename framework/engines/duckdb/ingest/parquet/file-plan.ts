/** Decides how the files of one schema become rows of a source, as SQL, or why they cannot. */
import { type Column, typeName } from '../../../../declare/columns.ts'
import { type LineRefinement, lineRefinements } from '../../../../declare/line-refinements.ts'
import { refinementsOf } from '../../../../declare/refinements.ts'
import { isNested } from '../../../../expression/value-type.ts'
import type { LineColumn, LineRules } from '../../../../ingest/lines/line-columns.ts'
import { shortened } from '../../../../ingest/lines/parse-value.ts'
import type { FileField, FileType } from '../../../../ingest/parquet/file-type.ts'
import { fileTypeName } from '../../../../ingest/parquet/file-type.ts'
import { FileRefused } from '../../../../ingest/refused-file.ts'
import { refinementCondition } from '../../../sql/row-checks.ts'
import { CHECK_DIALECT } from '../../row-checks.ts'
import { duckdbType, FILE, textLiteral } from '../../sql.ts'
import { type Converted, convertValue, fieldOf } from './convert-value.ts'

/**
 * A condition that each row has to fulfil. `sql` is never null: it is false where its value would
 * be null.
 */
interface RowCondition {
  readonly holds: string
  /** The text of the value that the reason shows; undefined if it shows none. */
  readonly shown: string | undefined
  readonly reason: (shown: string) => string
}

/** A column of the files that no column of the source takes. */
interface UntakenColumn {
  readonly name: string
  /** Its name in SQL. */
  readonly alias: string
}

/** The SQL for files with the same columns, which it names by position. */
export interface FilePlan {
  /** Names for all columns of the files, in their order. */
  readonly aliases: readonly string[]
  /** Column of the source for which the rows have values -> its value. */
  readonly values: ReadonlyMap<string, string>
  readonly conditions: readonly RowCondition[]
  /** A struct of the values from which the rows were made, to show in a reject. */
  readonly record: string
  readonly untaken: readonly UntakenColumn[]
  /** Columns of the source that the files lack. */
  readonly absent: readonly string[]
}

/** A column of a file's rows. */
export interface RowColumn extends FileField {
  /**
   * Its value, as SQL: a column of the file, such as `c0`, or the value in the log of its table.
   */
  readonly sql: string
}

/** The columns of a file, and the columns of its rows. */
export interface FileColumns {
  readonly stored: readonly FileField[]
  readonly fields: readonly RowColumn[]
}

/** Names of the columns that DuckDB adds to a file's own, in lower case. */
const ADDED = ['file_row_number', FILE.slice(1, -1)]

/** The columns of a file that belongs to no table. */
export const ownColumns = (stored: readonly FileField[]): FileColumns => ({
  stored,
  fields: stored.map((field, index) => ({ ...field, sql: aliasOf(index) })),
})

/** The name of a file's column, by its index. */
export const aliasOf = (index: number): string => `c${index}`

/** Throws FileRefused if files of these columns cannot have rows of the source. */
export function planFiles(
  { stored, fields }: FileColumns,
  columns: readonly Column[],
  { columns: inLines, unknownKeys }: Required<LineRules>,
): FilePlan {
  const taken = new Set(inLines.map(({ keys }) => keys[0]))
  refuseAdded(stored)
  refuseNames(fields, { taken, unknownKeys })
  const aliases = stored.map((_, index) => aliasOf(index))
  const declared = new Map(columns.map((column) => [column.name, column]))
  const values = new Map<string, string>()
  const conditions: RowCondition[] = []
  const absent: string[] = []
  for (const line of inLines) {
    const column = declared.get(line.name)
    if (!column) throw new Error(`${line.name} is no column`)
    const found = findValue(fields, line)
    if (!found) {
      if (!line.nullable) throw new FileRefused(missing(line, fields))
      absent.push(line.name)
      values.set(line.name, `CAST(NULL AS ${duckdbType(line.type)})`)
    } else values.set(line.name, planColumn({ line, column, found }, conditions))
  }
  return {
    ...{ aliases, values, conditions, absent },
    record: recordSql(fields, taken),
    untaken: fields.flatMap(({ name, sql }) => (taken.has(name) ? [] : [{ name, alias: sql }])),
  }
}

function refuseAdded(stored: readonly FileField[]): void {
  const added = stored.find(({ name }) => ADDED.includes(name.toLowerCase()))
  if (added) throw new FileRefused(`the file has a column ${shortened(added.name)}, a name that the reader needs`)
}

function refuseNames(
  fields: readonly FileField[],
  { taken, unknownKeys }: { readonly taken: ReadonlySet<string>; readonly unknownKeys: string },
): void {
  const names = fields.map(({ name }) => name)
  const twice = names.find((name, index) => taken.has(name) && names.indexOf(name) < index)
  if (twice !== undefined) throw new FileRefused(`the file has two columns ${shortened(twice)}`)
  if (taken.size > 0 && !names.some((name) => taken.has(name))) {
    throw new FileRefused(
      `the file has none of the columns ${shortened([...taken].join(', '))}: it has ${shortened(names.join(', '))}`,
    )
  }
  const unknown = unknownKeys === 'reject' ? names.find((name) => !taken.has(name)) : undefined
  if (unknown !== undefined) throw new FileRefused(`unknown key: ${shortened(unknown)}`)
}

function missing({ name, keys: [key] }: LineColumn, fields: readonly FileField[]): string {
  const like = fields.find((field) => field.name !== key && field.name.toLowerCase() === key.toLowerCase())
  const hint = like ? `: it has ${shortened(like.name)}, which differs in case` : ''
  return `${name} is missing: the file has no column ${shortened(key)}${hint}`
}

interface FoundValue {
  readonly value: string
  readonly type: FileType
  /** Whether the value or a struct around it can be null. */
  readonly nullable: boolean
}

/** The value for the column; undefined if the files lack it. */
function findValue(fields: readonly RowColumn[], { name, keys, within }: LineColumn): FoundValue | undefined {
  let found: FoundValue | undefined
  for (const [depth, key] of keys.entries()) {
    if (found?.type.kind === 'null') return undefined
    if (found && found.type.kind !== 'struct') {
      throw new FileRefused(
        `${name}: expected structs in ${within[depth - 1]}, and the file has ${fileTypeName(found.type)}`,
      )
    }
    const next = found?.type.kind === 'struct' ? fieldIn(found.type.fields, found.value, key) : columnIn(fields, key)
    if (!next) return undefined
    found = { ...next, nullable: next.nullable || found?.nullable === true }
  }
  return found
}

function columnIn(fields: readonly RowColumn[], key: string): FoundValue | undefined {
  const field = fields.find(({ name }) => name === key)
  return field && { value: field.sql, type: field.type, nullable: field.nullable }
}

function fieldIn(fields: readonly FileField[], struct: string, key: string): FoundValue | undefined {
  const index = fields.findIndex(({ name }) => name === key)
  const field = fields[index]
  return field && { value: fieldOf(struct, field, index), type: field.type, nullable: field.nullable }
}

interface PlannedColumn {
  readonly line: LineColumn
  readonly column: Column
  readonly found: FoundValue
}

/** Returns the value of the column, and adds its conditions. */
function planColumn({ line, column, found }: PlannedColumn, conditions: RowCondition[]): string {
  const { name, type, format, nullable, emptyIsNull } = line
  const converted = convertValue(found.value, found.type, { type, format })
  if ('refused' in converted) {
    throw new FileRefused(`${name}: expected ${typeName(type)}, and ${converted.refused}`)
  }
  const value = emptyIsNull ? `nullif(${converted.value}, '')` : converted.value
  if (!nullable && (found.nullable || found.type.kind === 'null')) {
    conditions.push({ holds: `${found.value} IS NOT NULL`, shown: undefined, reason: () => `${name} is null` })
  }
  if (converted.holds !== undefined) conditions.push(typeCondition({ line, column, found }, converted))
  const described = lineRefinements(column)
  for (const [index, refinement] of refinementsOf(column).refinements.entries()) {
    const holds = refinementCondition(value, refinement, CHECK_DIALECT)
    const isNumber = type.kind === 'double' && refinement.kind === 'bound' ? ` AND NOT isnan(${value})` : ''
    const shown = type.kind === 'text' ? `CAST(to_json(${value}) AS VARCHAR)` : `CAST(${value} AS VARCHAR)`
    conditions.push(refinedCondition(name, { value, shown, holds: `${holds}${isNumber}` }, described[index]))
  }
  return value
}

function typeCondition({ line, found }: PlannedColumn, { holds }: Converted): RowCondition {
  const { name, type, format } = line
  const inZone = format?.kind === 'time' && format.zone ? ` in ${format.zone.name}, where clocks skip or repeat it` : ''
  const inOld = 'isOld' in found.type ? ', as Spark wrote it in its old calendar' : ''
  return {
    holds: `(${found.value} IS NULL OR (${holds}))`,
    shown: isNested(type) || format?.kind === 'json' ? undefined : `CAST(${found.value} AS VARCHAR)`,
    reason: (shown) =>
      shown === ''
        ? `${name}: a part of it does not fit ${typeName(type)}`
        : `${name}: ${shown} does not fit ${typeName(type)}${inZone}${inOld}`,
  }
}

function refinedCondition(
  name: string,
  { value, shown, holds }: { readonly value: string; readonly shown: string; readonly holds: string },
  described: LineRefinement | undefined,
): RowCondition {
  return {
    holds: `(${value} IS NULL OR (${holds}))`,
    shown,
    reason: (got) => `${name}: expected ${described?.expected}, got ${got}`,
  }
}

/** DuckDB does not distinguish names that differ only in case, and shows the first of them. */
function recordSql(fields: readonly RowColumn[], taken: ReadonlySet<string>): string {
  const seen = new Set<string>()
  const parts = fields.flatMap(({ name, sql }) => {
    const folded = name.toLowerCase()
    if (!taken.has(name) || seen.has(folded)) return []
    seen.add(folded)
    return [`${textLiteral(name)}: ${sql}`]
  })
  return parts.length === 0 ? "'{}'" : `{${parts.join(', ')}}`
}
