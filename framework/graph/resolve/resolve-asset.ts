/** Checks the declaration of one asset, and resolves it for the rest of lake. */

import type { Column } from '../../declare/columns.ts'
import {
  type Asset,
  columnSchemas,
  declaredColumns,
  SOURCE_COLUMNS,
  type Source,
  type Table,
} from '../../declare/definition.ts'
import { expectationMistakes } from '../../declare/runs/expectations.ts'
import { messageOf } from '../../errors.ts'
import { lazy } from '../../increment/lazy.ts'
import { nameMatcher } from '../../pattern/glob.ts'
import { RAW_SQL } from '../../query/builder/function-names.ts'
import { buildQuery, canonicalSql, type QueryTree } from '../../query/query.ts'
import { type ReadQuery, readQuery } from '../../query/reader/read-query.ts'
import { hasRawSql } from '../../relation/sql/raw-sql.ts'
import { ASSET_KEY, type AssetsByKey } from '../asset-key.ts'
import { type AssetCode, hashParts, knownCode, sourceCode, tableCode } from '../code-version.ts'
import type { CheckedQueries } from '../known/checked-queries.ts'
import type { KnownTable, KnownTables } from '../known/known-tables.ts'
import type { Problem, Report } from '../problem.ts'
import type { ResolvedAsset, ResolvedQuery, ResolvedSource, ResolvedTable } from '../resolved-asset.ts'
import { checkDeclarations } from './check-declarations.ts'
import { checkFormat } from './check-format.ts'
import { checkOutputs } from './check-outputs.ts'
import { checkReading, refuseReading } from './check-reading.ts'
import { checkRows } from './check-rows.ts'
import { checkReferences, resolveReferences } from './references.ts'
import { resolveColumns } from './resolve-columns.ts'
import { resolveIncremental } from './resolve-incremental.ts'
import { checkUpstreams, describedUpstream, keepColumns, upstreamTables, upstreamUses } from './upstreams.ts'

const SOURCE_RESERVED = new Set(Object.keys(SOURCE_COLUMNS))

/** The project whose assets are resolved. */
interface LoadingProject {
  readonly assets: AssetsByKey
  /** Resolving adds every mistake here. */
  readonly problems: Problem[]
  readonly checked: CheckedQueries
  /** Tables that are not checked again. */
  readonly known: KnownTables
}

/** Checks one declared asset. Its result is only valid if no asset of the project has a problem. */
export function resolveAsset(asset: Asset, project: LoadingProject): ResolvedAsset | undefined {
  const { problems } = project
  const known = asset.kind === 'table' ? project.known.get(asset.key) : undefined
  if (asset.kind === 'table' && known) return knownTable(asset, project.assets, known)
  const before = problems.length
  const report: Report = (message, remedy) =>
    problems.push({ asset: String(asset.key), file: asset.file, message, remedy })
  checkKey(asset.key, report)
  for (const mistake of expectationMistakes(asset.expectations)) report(mistake, 'correct this expectation of its runs')
  if (asset.kind === 'source') {
    const source = resolveSource(asset, report)
    return problems.length === before ? source : undefined
  }
  const table = resolveTable(asset, project, report)
  if (problems.length > before || !table) return undefined
  project.checked.add(table.hash)
  return table.resolved
}

function checkKey(key: string, report: Report): void {
  if (!ASSET_KEY.test(key)) {
    report(
      `the key ${JSON.stringify(key)} cannot name a table and its directory`,
      'use letters, digits and underscores, a letter first, at most 100 characters',
    )
  }
}

function resolveSource(source: Source, report: Report): ResolvedSource {
  for (const name of Object.keys(source.columns)) {
    if (SOURCE_RESERVED.has(name.toLowerCase()))
      report(`every source already has a column ${name}`, 'rename the column')
  }
  if (!(source.maxRejected >= 0 && source.maxRejected <= 1)) {
    report(`maxRejected is ${source.maxRejected}`, 'give a share of the lines, from 0 to 1')
  }
  const pattern = JSON.stringify(source.pattern)
  if (source.pattern === '' || source.pattern.includes('/')) {
    report(`the pattern ${pattern} matches no file name`, "give a glob such as '*.json'")
  } else if (!nameMatcher(source.pattern)) {
    report(
      `the pattern ${pattern} is not a glob that lake can match`,
      'use *, ?, [a-z], {a,b}, (a|b), *(a|b), +(a|b), a ! at the start, which negates the rest, and \\ before a special character that is meant literally',
    )
  }
  const columns = resolveColumns(columnSchemas(source), report)
  if (source.rows) checkRows(source.rows, columns, report)
  else {
    checkReading(columns, report)
    checkFormat(source, declaredColumns(columns), report)
  }
  return {
    kind: 'source',
    key: source.key,
    declared: source,
    columns,
    primaryKey: source.rows?.primaryKey ?? Object.keys(SOURCE_COLUMNS),
    partitionBy: [],
    code: sourceCode(columns, source),
  }
}

interface CheckedTable {
  readonly resolved: ResolvedTable
  /** Hash of everything on which reading the query depends. */
  readonly hash: string
}

function resolveTable(table: Table, { assets, checked }: LoadingProject, report: Report): CheckedTable | undefined {
  const columns = resolveColumns(table.columns, report)
  keepColumns(table, columns)
  refuseReading(columns, report)
  checkDeclarations(table, columns, report)
  checkUpstreams(table, assets, report)
  checkReferences(table, assets, report)
  const tree = tryBuildQuery(table, report)
  // An undefined upstream has been reported already, and its columns are unknown.
  if (!tree || Object.values(table.upstream).some((upstream) => !upstream?.key)) return undefined
  const sql = canonicalSql(tree)
  const codeUnder = codeOf(table, { columns: () => columns, sql: () => sql })
  const code = codeUnder((key) => key)
  const declared = [JSON.stringify(table.incremental ?? null), code.checks ?? '']
  const hash = hashParts([code.version, ...declared, ...Object.values(table.upstream).map(describedUpstream)])
  const isChecked = checked.has(hash)
  const read = isChecked ? readLater(table) : reading(tree, table)
  const query = () => withoutProblem(read())
  const followed = lazy(() => resolveIncremental(table, query, report))
  if (!isChecked) {
    const result = read()
    if (result.kind === 'refused') {
      report(`its query cannot be read: ${result.reason}`, result.remedy)
      return undefined
    }
    checkOutputs(columns, result, report)
    followed()
  }
  // Reading ten thousand queries only for this would take long, so the text is searched first. A
  // constant can contain the same words.
  const usesRawSql = sql.includes(RAW_SQL) && hasRawSql(query().relation)
  const parts = { columns: () => columns, code, codeUnder, query, followed, usesRawSql }
  return { resolved: resolvedTable(table, assets, parts), hash }
}

/** Computes the results of a check only when they are needed. */
function knownTable(table: Table, assets: AssetsByKey, known: KnownTable): ResolvedTable {
  const columns = lazy(() => resolveColumns(table.columns, hasNoProblem))
  const codeUnder = codeOf(table, { columns, sql: lazy(() => canonicalSql(buildQuery(table.query))) })
  const read = readLater(table)
  const query = () => withoutProblem(read())
  const followed = lazy(() => resolveIncremental(table, query, hasNoProblem))
  const code = knownCode(known, { columns, partitionBy: table.partitionBy })
  return resolvedTable(table, assets, { columns, code, codeUnder, query, followed, usesRawSql: known.usesRawSql })
}

const hasNoProblem: Report = (message) => {
  throw new Error(`a table that was checked has a problem: ${message}`)
}

interface CodeSource {
  readonly columns: () => readonly Column[]
  readonly sql: () => string
}

function codeOf(table: Table, { columns, sql }: CodeSource): ResolvedTable['codeUnder'] {
  return (keyOf) => {
    const upstream = Object.entries(table.upstream).map(([alias, { key }]) => `${alias}=${keyOf(key)}`)
    const checks = table.checks.map((check) =>
      check.kind === 'references' ? { ...check, asset: keyOf(check.asset) } : check,
    )
    return tableCode({ canonicalSql: sql(), upstream }, { ...table, columns: columns(), checks })
  }
}

interface TableParts extends Pick<ResolvedTable, 'codeUnder' | 'usesRawSql'> {
  readonly columns: () => readonly Column[]
  readonly code: AssetCode
  readonly query: () => ResolvedQuery
  readonly followed: () => ResolvedTable['incremental']
}

function resolvedTable(table: Table, assets: AssetsByKey, parts: TableParts): ResolvedTable {
  return {
    kind: 'table',
    key: table.key,
    declared: table,
    get columns() {
      return parts.columns()
    },
    primaryKey: table.primaryKey,
    partitionBy: table.partitionBy,
    oneRow: table.oneRow,
    get query() {
      return parts.query()
    },
    usesRawSql: parts.usesRawSql,
    upstream: upstreamUses(table, assets, parts.query),
    references: resolveReferences(table, assets),
    get incremental() {
      return parts.followed()
    },
    code: parts.code,
    codeUnder: parts.codeUnder,
  }
}

function tryBuildQuery(table: Table, report: Report): QueryTree | undefined {
  try {
    return buildQuery(table.query)
  } catch (error) {
    report(`its query cannot be built: ${messageOf(error)}`, 'correct the query')
    return undefined
  }
}

const reading = (tree: QueryTree, table: Table): (() => ReadQuery) => lazy(() => readQuery(tree, upstreamTables(table)))

/** Builds the tree again whenever it is needed, so that ten thousand trees are not in memory. */
const readLater = (table: Table): (() => ReadQuery) =>
  lazy(() => readQuery(buildQuery(table.query), upstreamTables(table)))

/** A query that was checked before has no problem. It is read only when it is needed. */
function withoutProblem(read: ReadQuery): ResolvedQuery {
  if (read.kind === 'refused') throw new Error(`a query that was checked cannot be read: ${read.reason}`)
  return read
}
