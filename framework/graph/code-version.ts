import { hash } from 'node:crypto'
import type { Check } from '../declare/checks.ts'
import { type Column, typeName } from '../declare/columns.ts'
import { refinementsOf, refinementWords } from '../declare/refinements.ts'

/** What an asset's rows depend on besides its upstreams' rows, in parts, so that a change can be named. */
export interface AssetCode {
  /** Hash of the parts: equal versions give equal rows of equal upstreams. */
  readonly version: string
  /** Hash of the compiled query and its upstreams' names; of the line rules for a source. */
  readonly query: string
  /** `name type`, with `null` where it may be, in the order of the table. */
  readonly columns: readonly string[]
  readonly partitionBy: readonly string[]
  /** Hash of what the rows are checked for. It is no part of the version: a check changes no rows. */
  readonly checks?: string
}

/** Grows when the meaning of a line of a source changes, so that sources are read anew. */
const LINE_RULES = 'line rules 1'

/** Grows when the meaning of an expression changes, so that tables are built anew. */
const EXPRESSIONS = 'expressions 2'

/** Every part is prefixed with its length, so that no two lists of parts hash alike (`ab`+`c` is not `a`+`bc`). */
export function hashParts(parts: readonly string[]): string {
  const prefixed = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('')
  return hash('sha256', prefixed).slice(0, 32)
}

export function sourceCode(columns: readonly Column[]): AssetCode {
  return assetCode({ query: [LINE_RULES], columns: columns.map(describeLineColumn), partitionBy: [] })
}

export interface TableQuery {
  readonly canonicalSql: string
  /** `alias=key` of each upstream. */
  readonly upstream: readonly string[]
}

/** What else than its query decides what a table holds, and whether that is published. */
export interface DeclaredShape {
  readonly columns: readonly Column[]
  readonly partitionBy: readonly string[]
  readonly primaryKey: readonly string[]
  readonly oneRow: boolean
  readonly checks: readonly Check[]
}

export function tableCode(query: TableQuery, shape: DeclaredShape): AssetCode {
  const { columns, partitionBy, primaryKey, oneRow, checks } = shape
  const described = columns.map(describeColumn)
  const parts = [EXPRESSIONS, query.canonicalSql, ...query.upstream]
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
      ...checks.map(printed),
    ]),
  }
}

const printRefinements = (column: Column): string => {
  const { refinements } = refinementsOf(column)
  return refinements.length === 0 ? '' : printed(refinements)
}

const printed = (value: unknown): string =>
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

/** What a source's columns ask of their values decides which lines are rows. */
function describeLineColumn(column: Column): string {
  const asked = refinementsOf(column).refinements.map((refinement) => `, ${refinementWords(refinement)}`)
  return describeColumn(column) + asked.join('')
}

function describeColumn({ name, type, nullable, emptyIsNull }: Column): string {
  return `${name} ${typeName(type)}${nullable ? ' null' : ''}${emptyIsNull ? ' empty-as-null' : ''}`
}
