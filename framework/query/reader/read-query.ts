/**
 * Reads a query tree as a typed relation. Engines, increments and lineage know only the relation.
 */
import type { ValueType } from '../../expression/value-type.ts'
import { type RefusalWithRemedy, type Result, refused } from '../../refusal.ts'
import { idOfName } from '../../relation/columns.ts'
import { pruned } from '../../relation/prune.ts'
import { NO_RANGES } from '../../relation/range.ts'
import { ColumnIds, type NamedColumn, type Relation, scansOf } from '../../relation/relation.ts'
import type { QueryTree } from '../query.ts'
import { refuseNestedComparisons } from './nested-uses.ts'
import { QueryProblem } from './query-problem.ts'
import { foldName } from './scope.ts'
import type { Read, UpstreamRelations } from './select-parts.ts'
import { SelectReader } from './select-reader.ts'

/** The columns and keys of a table that a query reads. */
export interface UpstreamTable {
  /** In the table's order. */
  readonly columns: readonly UpstreamColumn[]
  /** Unique keys, each a list of columns. A list is empty if the table has one row. */
  readonly keys: readonly (readonly string[])[]
}

export interface UpstreamColumn {
  readonly name: string
  readonly type: ValueType
  readonly nullable: boolean
}

/** The tables by their aliases in the query. */
export type UpstreamTables = ReadonlyMap<string, UpstreamTable>

export type ReadQuery = Result<
  { readonly kind: 'read'; readonly relation: Relation; readonly outputs: readonly NamedColumn[] },
  RefusalWithRemedy
>

/**
 * Reads the tree. The outputs are in the order of the SELECT. Refuses mistakes, and expressions
 * that engines do not agree on.
 */
export function readQuery(tree: QueryTree, upstreams: UpstreamTables): ReadQuery {
  try {
    const ids = new ColumnIds('c')
    const tables: UpstreamRelations = new Map(
      [...upstreams].map(([alias, table]) => [foldName(alias), scanned(ids, alias, table)]),
    )
    const { relation, outputs } = new SelectReader(ids).query(tree, tables)
    refuseNestedComparisons(relation)
    return { kind: 'read', relation: pruned(relation, new Set(outputs.map(({ id }) => id))), outputs }
  } catch (error) {
    if (error instanceof QueryProblem) return refused(error.message, error.remedy)
    throw error
  }
}

function scanned(ids: ColumnIds, alias: string, { columns, keys }: UpstreamTable): () => Read {
  return () => {
    const outputs = columns.map((column) => ({ ...column, id: ids.next() }))
    const keyIds = keys.map((key) => key.map((name) => idOfName(outputs, name)))
    const relation = { kind: 'scan', alias, part: 'after', columns: outputs, keys: keyIds, ranges: NO_RANGES } as const
    return { relation, outputs }
  }
}

/**
 * The columns of each upstream on whose values the relation's rows can depend. A dependence on the
 * number of rows does not count.
 */
export function columnsRead(relation: Relation): ReadonlyMap<string, ReadonlySet<string>> {
  const read = new Map<string, Set<string>>()
  for (const { alias, columns, countsRows } of scansOf(relation)) {
    const names = read.get(alias) ?? new Set()
    read.set(alias, names)
    if (!countsRows) for (const { name } of columns) names.add(name)
  }
  return read
}
