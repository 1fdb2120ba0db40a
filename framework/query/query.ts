/** Builds an asset's query as a tree, and writes the tree as canonical SQL. */
import { createQueryId, type RootOperationNode } from 'kysely'
import { db } from './builder/db.ts'
import { fn } from './builder/fn.ts'
import type { Rows } from './builder/types/rows.ts'
import type { Db } from './builder/types/select.ts'
import { CanonicalCompiler } from './canonical-sql.ts'

/**
 * The argument of an asset's query function: its upstreams as tables, under the names that the
 * asset gives them.
 */
export interface QueryContext<Database extends object> {
  readonly db: Db<Database>
  readonly fn: typeof fn
}

/** A query as data: Kysely's tree, with calls of lake's functions. */
export type QueryTree = RootOperationNode

/** A query whose rows have the columns of `Output`. */
export type QueryBuilder<Output> = Rows<Output>

/**
 * Kysely requires an id for each query that it runs. Kysely runs none of lake's queries, so one id
 * is sufficient.
 */
const QUERY_ID = createQueryId()

/** Calls the asset's query function; its upstreams need not exist yet. */
export function buildQuery(
  query: (context: QueryContext<never>) => Pick<QueryBuilder<unknown>, 'toOperationNode'>,
): QueryTree {
  return query({ db, fn }).toOperationNode() as QueryTree
}

// One compiler for all queries: it resets itself for each, and creating it takes longer than using
// it.
const canonicalCompiler = new CanonicalCompiler()

/** The query's text for code versions. It is the same for every engine. */
export const canonicalSql = (tree: QueryTree): string => canonicalCompiler.compileQuery(tree, QUERY_ID).sql
