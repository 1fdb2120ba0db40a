/** Computes the code version of an asset: a hash of everything that determines its rows. */
import { hash } from 'node:crypto'
import type { Check } from '../declare/checks.ts'
import { type Column, typeName } from '../declare/columns.ts'
import { DEFAULT_MAX_UNPACKED, type Source } from '../declare/definition.ts'
import type { FileFormat } from '../declare/format/file-format.ts'
import { formatWords } from '../declare/reading/value-format.ts'
import { writtenPlace } from '../declare/reading/value-place.ts'
import { refinementsOf, refinementWords } from '../declare/refinements.ts'

/**
 * Everything besides its upstreams' rows on which an asset's rows depend, in parts, so that
 * messages can name the changed part.
 */
export interface AssetCode {
  /** Hash of the parts. Equal versions compute equal rows from equal upstreams. */
  readonly version: string
  /** Hash of the compiled query and its upstreams' names. For a source: hash of the line rules. */
  readonly query: string
  /** `name type`, with `null` if nullable, in the order of the table. */
  readonly columns: readonly string[]
  readonly partitionBy: readonly string[]
  /** Hash of the checks. It is not part of the version, because a check changes no rows. */
  readonly checks?: string
}

/** Increase when the meaning of a line changes, so that sources are read again. */
const LINE_RULES = 'line rules 1'

/** Increase the number of a format when the meaning of its records changes. */
function formatRules(format: FileFormat): string {
  const hasChanged =
    format.kind === 'csv' ? format.escapeUnquoted : format.kind === 'parquet' || format.kind === 'delta'
  return `format rules ${hasChanged ? 2 : 1}`
}

/** Increase when the meaning of a row from code changes. */
const CODE_RULES = 'rows from code 1'

/** Increase when the meaning of an expression changes, so that tables are rebuilt. */
const EXPRESSIONS = 'expressions 2'

const CONVERSION = /\blake:to_(int|bigint|double|decimal|date|timestamp)\(/

/** Increase the number when the meaning of these expressions changes. */
const expressionRules = (sql: string): readonly string[] => (CONVERSION.test(sql) ? ['conversions 2'] : [])

/**
 * Prefixes each part with its length, so that different lists never have the same text (`ab`+`c`,
 * `a`+`bc`).
 */
export function hashParts(parts: readonly string[]): string {
  const prefixed = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('')
  return hash('sha256', prefixed).slice(0, 32)
}

export function sourceCode(columns: readonly Column[], source: SourceFiles): AssetCode {
  const { format, maxUnpackedBytes, unknownKeys, rows } = source
  // A source that declares none of these settings has the code version that it had before the
  // settings existed. A report of unknown keys changes no rows.
  const parts = [
    ...(unknownKeys === 'reject' ? ['no unknown keys'] : []),
    ...(format.kind === 'json-lines' ? [] : [formatRules(format), toText(format)]),
    ...(maxUnpackedBytes === DEFAULT_MAX_UNPACKED ? [] : [`at most ${maxUnpackedBytes} bytes unpacked`]),
    ...(rows
      ? [CODE_RULES, toText([rows.mode, rows.primaryKey, rows.cursor !== undefined, rows.revision ?? null])]
      : []),
  ]
  return assetCode({ query: [LINE_RULES, ...parts], columns: columns.map(describeLineColumn), partitionBy: [] })
}

type SourceFiles = Pick<Source, 'format' | 'maxUnpackedBytes' | 'unknownKeys' | 'rows'>

interface TableQuery {
  readonly canonicalSql: string
  /** `alias=key` of each upstream. */
  readonly upstream: readonly string[]
}

/**
 * Everything besides its query that determines which rows a table has, and whether they are
 * published.
 */
interface DeclaredShape {
  readonly columns: readonly Column[]
  readonly partitionBy: readonly string[]
  readonly primaryKey: readonly string[]
  readonly oneRow: boolean
  readonly checks: readonly Check[]
}

export function tableCode(query: TableQuery, shape: DeclaredShape): AssetCode {
  const { columns, partitionBy, primaryKey, oneRow, checks } = shape
  const described = columns.map(describeColumn)
  const parts = [EXPRESSIONS, ...expressionRules(query.canonicalSql), query.canonicalSql, ...query.upstream]
  const code = assetCode({ query: parts, columns: described, partitionBy })
  return {
    ...code,
    checks: hashParts([
      'key',
      ...primaryKey,
      ...(oneRow ? ['one row'] : []),
      'columns',
      ...columns.map(printRefinements),
      'checks',
      ...checks.map(toText),
    ]),
  }
}

/** The code of a table whose hashes are known. Describes its columns on demand. */
export function knownCode(
  { version, query, checks }: Pick<AssetCode, 'version' | 'query' | 'checks'>,
  { columns, partitionBy }: { readonly columns: () => readonly Column[]; readonly partitionBy: readonly string[] },
): AssetCode {
  return {
    ...{ version, query, partitionBy },
    get columns() {
      return columns().map(describeColumn)
    },
    ...(checks !== undefined && { checks }),
  }
}

const printRefinements = (column: Column): string => {
  const { refinements } = refinementsOf(column)
  return refinements.length === 0 ? '' : toText(refinements)
}

const toText = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part))

interface CodeParts {
  readonly query: readonly string[]
  readonly columns: readonly string[]
  readonly partitionBy: readonly string[]
}

function assetCode({ query, columns, partitionBy }: CodeParts): AssetCode {
  const version = hashParts([...query, 'columns', ...columns, 'partitions', ...partitionBy])
  return { version, query: hashParts(query), columns, partitionBy }
}

/**
 * Includes the refinements and the reading, because those of a source decide which lines are rows.
 */
function describeLineColumn(column: Column): string {
  const { place, format, type } = column
  const refinements = refinementsOf(column).refinements.map((refinement) => `, ${refinementWords(refinement)}`)
  const reading = [
    ...(place ? [`${place.kind} ${writtenPlace(place)}`] : []),
    ...(format ? [formatWords(format)] : []),
    // Marks the rule that a decimal is read from text too.
    ...(type.kind === 'decimal' ? ['or text'] : []),
    // Marks the rule that times have up to nine digits of a second.
    ...(typeName(type).includes('timestamp') ? ['to nine digits'] : []),
  ]
  return describeColumn(column) + reading.map((part) => `, ${part}`).join('') + refinements.join('')
}

function describeColumn({ name, type, nullable, emptyIsNull }: Column): string {
  return `${name} ${typeName(type)}${nullable ? ' null' : ''}${emptyIsNull ? ' empty-as-null' : ''}`
}
