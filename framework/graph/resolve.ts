/** Checks the declaration of one asset, and resolves it for the rest of lake. */
import { type Column, type ColumnSchemas, type ColumnType, resolveColumn, typeName } from '../declare/columns.ts'
import { type Asset, SOURCE_COLUMNS, type Source, type Table } from '../declare/definition.ts'
import { refinementsOf } from '../declare/refinements.ts'
import { isAssignable } from '../expression/value-type.ts'
import { once } from '../increment/once.ts'
import { nameMatcher } from '../pattern/glob.ts'
import { RAW_SQL } from '../query/builder/function-names.ts'
import { buildQuery, canonicalSql, type QueryTree } from '../query/query.ts'
import {
  columnsRead,
  type ReadQuery,
  readQuery,
  type UpstreamTable,
  type UpstreamTables,
} from '../query/reader/read-query.ts'
import { hasRawSql } from '../relation/raw-sql.ts'
import type { CheckedQueries } from './checked-queries.ts'
import { hashParts, sourceCode, tableCode } from './code-version.ts'
import type { Problem, Report } from './problem.ts'
import { resolveIncremental } from './resolve-incremental.ts'
import type {
  Reference,
  ResolvedAsset,
  ResolvedQuery,
  ResolvedSource,
  ResolvedTable,
  UpstreamUse,
} from './resolved-asset.ts'

export type AssetsByKey = ReadonlyMap<string, Asset>

export const ASSET_KEY = /^[a-z][a-z0-9_]{0,99}$/i
const COLUMN_NAME = /^[\p{L}_][\p{L}\p{N}_]{0,99}$/u
const SOURCE_RESERVED = new Set(Object.keys(SOURCE_COLUMNS))

/** The project whose assets are resolved. */
export interface LoadingProject {
  readonly assets: AssetsByKey
  /** Resolving adds every mistake here. */
  readonly problems: Problem[]
  readonly checked: CheckedQueries
}

/** Checks one declared asset. Its result is only valid if no asset of the project has a problem. */
export function resolveAsset(asset: Asset, project: LoadingProject): ResolvedAsset | undefined {
  const { problems } = project
  const before = problems.length
  const report: Report = (message, remedy) =>
    problems.push({ asset: String(asset.key), file: asset.file, message, remedy })
  checkKey(asset.key, report)
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

function resolveColumns(schemas: ColumnSchemas, report: Report): readonly Column[] {
  const columns: Column[] = []
  const seen = new Map<string, string>()
  for (const [name, schema] of Object.entries(schemas)) {
    const twin = seen.get(name.toLowerCase())
    if (twin !== undefined) {
      report(
        `the columns ${twin} and ${name} differ only in case`,
        'engines do not distinguish them: rename one of them',
      )
    }
    seen.set(name.toLowerCase(), name)
    if (!COLUMN_NAME.test(name)) {
      report(
        `${JSON.stringify(name)} cannot name a column`,
        'use letters, digits and underscores, no digit first, at most 100 characters',
      )
    }
    const column = resolveColumn(name, schema)
    if (column) columns.push(column)
    else report(`the column ${name} has no lake type`, 'declare it with text(), int(), bigint(), double(), ...')
  }
  if (columns.length === 0) report('it has no columns', 'declare at least one column')
  checkRefinements(columns, report)
  return columns
}

function checkRefinements(columns: readonly Column[], report: Report): void {
  for (const column of columns) {
    for (const check of refinementsOf(column).unsupported) {
      report(
        `the column ${column.name} has a refinement (${check}) that no engine can check`,
        'use min, max, length, regex without flags, multipleOf or oneOf(...), or an sqlCheck',
      )
    }
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
      `the pattern ${pattern} is no glob that lake can match`,
      'use *, ?, [a-z], {a,b}, (a|b), *(a|b), +(a|b), a ! in front of all, and \\ before a character that means itself',
    )
  }
  const columns = resolveColumns({ ...source.columns, ...SOURCE_COLUMNS }, report)
  return {
    kind: 'source',
    key: source.key,
    declared: source,
    columns,
    primaryKey: Object.keys(SOURCE_COLUMNS),
    partitionBy: [],
    code: sourceCode(columns),
  }
}

interface CheckedTable {
  readonly resolved: ResolvedTable
  /** Hash of everything that reading the query depends on. */
  readonly hash: string
}

function resolveTable(table: Table, { assets, checked }: LoadingProject, report: Report): CheckedTable | undefined {
  const columns = resolveColumns(table.columns, report)
  resolvedUpstreams.set(table, { columns, keys: keysOf(table) })
  checkKeyColumns(table, columns, report)
  checkOneRow(table, report)
  checkPartitions(table, columns, report)
  checkVectors(table, columns, report)
  checkUpstreams(table, assets, report)
  checkReferences(table, assets, report)
  const tree = tryBuildQuery(table, report)
  // An undefined upstream has been reported, and its columns are unknown.
  if (!tree || Object.values(table.upstream).some((upstream) => !upstream?.key)) return undefined
  const { primaryKey, partitionBy, incremental } = table
  const sql = canonicalSql(tree)
  const codeUnder: ResolvedTable['codeUnder'] = (keyOf) => {
    const upstream = Object.entries(table.upstream).map(([alias, { key }]) => `${alias}=${keyOf(key)}`)
    const checks = table.checks.map((check) =>
      check.kind === 'references' ? { ...check, asset: keyOf(check.asset) } : check,
    )
    return tableCode({ canonicalSql: sql, upstream }, { ...table, columns, checks })
  }
  const code = codeUnder((key) => key)
  const declared = [JSON.stringify(incremental ?? null), code.checks ?? '']
  const hash = hashParts([code.version, ...declared, ...Object.values(table.upstream).map(describedUpstream)])
  const isChecked = checked.has(hash)
  const read = isChecked ? readLater(table) : reading(tree, table)
  const query = () => withoutProblem(read())
  const followed = once(() => resolveIncremental(table, query(), report))
  if (!isChecked) {
    const result = read()
    if (result.kind === 'problem') {
      report(`its query cannot be read: ${result.message}`, result.remedy)
      return undefined
    }
    checkOutputs(columns, result, report)
    followed()
  }
  // To read ten thousand queries for this takes long. The text may have the words in a constant, too.
  const usesRawSql = sql.includes(RAW_SQL) && hasRawSql(query().relation)
  const resolved: ResolvedTable = {
    kind: 'table',
    key: table.key,
    declared: table,
    columns,
    primaryKey,
    partitionBy,
    oneRow: table.oneRow,
    get query() {
      return query()
    },
    usesRawSql,
    upstream: upstreamUses(table, assets, query),
    references: resolveReferences(table, assets),
    get incremental() {
      return followed()
    },
    code,
    codeUnder,
  }
  return { resolved, hash }
}

function checkKeyColumns(table: Table, columns: readonly Column[], report: Report): void {
  for (const name of table.primaryKey) {
    const column = columns.find((candidate) => candidate.name === name)
    if (!column) report(`the primary key names ${name}, which is not a column`, 'name declared columns only')
    else if (column.nullable) report(`the primary key's column ${name} is nullable`, 'drop its .nullable()')
  }
}

/** A table of one row has no key, no partitions and no declaration of increments. */
function checkOneRow({ oneRow, primaryKey, partitionBy, incremental }: Table, report: Report): void {
  if (!oneRow) return
  if (primaryKey.length > 0) report('it has one row and a primary key', 'drop its primaryKey')
  if (partitionBy.length > 0) report('it has one row and partitions', 'drop its partitionBy')
  if (incremental) report('it has one row, which follows its upstreams by itself', 'drop `incremental`')
}

function checkPartitions(table: Table, columns: readonly Column[], report: Report): void {
  for (const name of table.partitionBy) {
    const column = columns.find((candidate) => candidate.name === name)
    if (!column) report(`it is partitioned by ${name}, which is not a column`, 'name declared columns only')
    else if (column.type.kind === 'double' || column.type.kind === 'timestamp') {
      report(
        `it is partitioned by ${name}, a ${column.type.kind}`,
        'partition by text, int, bigint, boolean, date or decimal',
      )
    }
  }
  if (table.partitionBy.length > 0 && table.partitionBy.length >= columns.length) {
    report('it is partitioned by all of its columns', 'leave at least one column to the data files')
  }
}

/** DuckDB's name for the position of a row in its file. */
const POSITION_COLUMN = 'file_row_number'

function checkVectors({ deletionVectors, incremental }: Table, columns: readonly Column[], report: Report): void {
  if (!deletionVectors) return
  if (!incremental) {
    report(
      'it has deletionVectors and is not incremental',
      'drop its deletionVectors: only increments delete rows of a file',
    )
  }
  const taken = columns.find(({ name }) => name.toLowerCase() === POSITION_COLUMN)
  if (taken) report(`it has deletionVectors and a column ${taken.name}`, 'rename the column: engines need its name')
}

function checkUpstreams(table: Table, assets: AssetsByKey, report: Report): void {
  for (const [alias, upstream] of Object.entries(table.upstream)) {
    if (!COLUMN_NAME.test(alias)) {
      report(`the upstream name ${JSON.stringify(alias)} cannot name a table`, 'use letters, digits and underscores')
    }
    if (!upstream?.key) {
      report(`its upstream ${alias} is undefined`, 'two files probably import each other: declare one before the other')
      continue
    }
    const known = assets.get(upstream.key)
    if (!known) {
      report(`its upstream ${upstream.key} is unknown`, `add ${upstream.key} to the assets of config/lake.config.ts`)
    } else if (known !== upstream) {
      checkSameColumns(upstream, known, report)
    }
  }
}

/** An upstream can be declared twice, for example in a test, if its columns agree. */
function checkSameColumns(used: Asset, known: Asset, report: Report): void {
  for (const [name, schema] of Object.entries(used.columns)) {
    const declared = known.columns[name]
    const [expected, actual] = [describe(name, schema), declared ? describe(name, declared) : 'missing']
    if (expected !== actual) {
      report(
        `it expects the column ${name} of its upstream ${used.key} to be ${expected}, but it is ${actual}`,
        `import ${used.key} from ${known.file ?? 'the file that declares it'}`,
      )
    }
  }
}

function describe(name: string, schema: ColumnSchemas[string]): string {
  const column = resolveColumn(name, schema)
  return column ? typeName(column.type) + (column.nullable ? ' or null' : '') : 'of no type'
}

function checkReferences(table: Table, assets: AssetsByKey, report: Report): void {
  for (const check of table.checks) {
    if (check.kind !== 'references') continue
    const column = table.columns[check.column]
    const target = assets.get(check.asset)
    if (!column) report(`a check names ${check.column}, which is not a column`, 'name a declared column')
    if (!target) report(`a check refers to ${check.asset}, which is unknown`, 'add it to the assets of the config')
    if (column && target) checkReferencedKey(check.column, target, { column, key: check.key, report })
  }
}

interface ReferenceUse {
  readonly column: ColumnSchemas[string]
  readonly key: string | undefined
  readonly report: Report
}

function checkReferencedKey(name: string, target: Asset, { column, key, report }: ReferenceUse): void {
  const referenced = key ?? referencedKey(target)
  const schema = referenced === undefined ? undefined : target.columns[referenced]
  if (referenced === undefined || !schema) {
    report(`${name} refers to ${target.key}, which has no single key column`, 'name one: references(..., { key })')
    return
  }
  const [own, other] = [resolveColumn(name, column)?.type, resolveColumn(referenced, schema)?.type]
  if (own && other && typeName(own) !== typeName(other)) {
    report(
      `${name} is ${typeName(own)}, but it refers to ${target.key}.${referenced}, which is ${typeName(other)}`,
      'give both the same type',
    )
  }
}

/** The column for a `references` check without a key: the primary key, if it is one column. */
function referencedKey(target: Asset): string | undefined {
  return target.kind === 'table' && target.primaryKey.length === 1 ? target.primaryKey[0] : undefined
}

function resolveReferences(table: Table, assets: AssetsByKey): readonly Reference[] {
  return table.checks.flatMap((check) => {
    const target = check.kind === 'references' ? assets.get(check.asset) : undefined
    if (check.kind !== 'references' || !target) return []
    const { column, asset, severity } = check
    return [{ column, asset, formerly: target.formerly, severity, key: check.key ?? referencedKey(target) ?? '' }]
  })
}

function tryBuildQuery(table: Table, report: Report): QueryTree | undefined {
  try {
    return buildQuery(table.query)
  } catch (error) {
    report(`its query cannot be built: ${error instanceof Error ? error.message : String(error)}`, 'mend the query')
    return undefined
  }
}

const reading = (tree: QueryTree, table: Table): (() => ReadQuery) => once(() => readQuery(tree, upstreamTables(table)))

/** Builds the tree anew on demand, so that memory does not hold ten thousand of them. */
const readLater = (table: Table): (() => ReadQuery) =>
  once(() => readQuery(buildQuery(table.query), upstreamTables(table)))

/** A query that was checked before is read on demand, and has no problem. */
function withoutProblem(read: ReadQuery): ResolvedQuery {
  if (read.kind === 'problem') throw new Error(`a query that was checked cannot be read: ${read.message}`)
  return read
}

/**
 * Checks that the query returns exactly the declared columns, with types that can be assigned to
 * theirs.
 */
function checkOutputs(columns: readonly Column[], { outputs }: ResolvedQuery, report: Report): void {
  const declared = new Map(columns.map((column) => [column.name, column]))
  const given = new Set<string>()
  for (const { name, type } of outputs) {
    const column = declared.get(name)
    if (!column)
      report(`its query returns ${name}, which is not declared`, `declare the column ${name}, or do not select it`)
    else if (given.has(name)) report(`its query returns ${name} twice`, 'select it once, or rename one of them')
    else if (!isAssignable(type, column.type)) {
      report(
        `its query returns ${name} as ${typeName(type)}, but it is declared ${typeName(column.type)}`,
        conversionTo(column.type),
      )
    }
    given.add(name)
  }
  const missing = columns.filter(({ name }) => !given.has(name)).map(({ name }) => name)
  if (missing.length > 0) report(`its query does not return ${missing.join(', ')}`, 'select every declared column')
}

function conversionTo(type: ColumnType): string {
  const kind = type.kind === 'decimal' ? `fn.toDecimal(x, ${type.precision}, ${type.scale})` : CONVERSIONS[type.kind]
  return `convert it with ${kind}, or declare its type`
}

const CONVERSIONS: Readonly<Record<ColumnType['kind'], string>> = {
  text: 'fn.toText(x)',
  boolean: 'a comparison',
  int: 'fn.toInt(x)',
  bigint: 'fn.toBigint(x)',
  double: 'fn.toDouble(x)',
  decimal: 'fn.toDecimal(x, precision, scale)',
  date: 'fn.toDate(x)',
  timestamp: 'fn.timestampMillis(x)',
}

function upstreamUses(table: Table, assets: AssetsByKey, query: () => ResolvedQuery): readonly UpstreamUse[] {
  // Computed on first use: planning ten thousand assets needs none.
  const read = once(() => columnsRead(query().relation))
  return Object.entries(table.upstream).map(([alias, asset]) => ({
    alias,
    key: asset.key,
    // An upstream may be declared twice: what it was called is said by the one that is built.
    formerly: assets.get(asset.key)?.formerly,
    get columns() {
      const names = read().get(alias)
      return columnNames(asset).filter((name) => names?.has(name))
    },
  }))
}

/** Returns the upstreams by the query's names for them. */
function upstreamTables({ upstream }: Table): UpstreamTables {
  return new Map(Object.entries(upstream).map(([alias, asset]) => [alias, upstreamTable(asset)]))
}

// Many assets read one upstream, whose columns are resolved once.
const resolvedUpstreams = new WeakMap<Asset, UpstreamTable>()

function upstreamTable(asset: Asset): UpstreamTable {
  const known = resolvedUpstreams.get(asset)
  if (known) return known
  const schemas = asset.kind === 'source' ? { ...asset.columns, ...SOURCE_COLUMNS } : asset.columns
  const columns = Object.entries(schemas).flatMap(([name, schema]) => resolveColumn(name, schema) ?? [])
  const table = { columns, keys: keysOf(asset) }
  resolvedUpstreams.set(asset, table)
  return table
}

const describedUpstreams = new WeakMap<Asset, string>()

/** Describes everything about an upstream that reading a query depends on. */
function describedUpstream(asset: Asset): string {
  const known = describedUpstreams.get(asset)
  if (known !== undefined) return known
  const { columns, keys } = upstreamTable(asset)
  const described = columns.map(({ name, type, nullable }) => `${name} ${typeName(type)}${nullable ? ' null' : ''}`)
  const text = `${described.join(',')};${JSON.stringify(keys)}`
  describedUpstreams.set(asset, text)
  return text
}

function keysOf(asset: Asset): UpstreamTable['keys'] {
  if (asset.kind === 'source') return [Object.keys(SOURCE_COLUMNS)]
  if (asset.oneRow) return [[]]
  return asset.primaryKey.length > 0 ? [asset.primaryKey] : []
}

function columnNames({ kind, columns }: Asset): readonly string[] {
  return Object.keys(kind === 'source' ? { ...columns, ...SOURCE_COLUMNS } : columns)
}
