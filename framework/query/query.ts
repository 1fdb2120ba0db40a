import { createQueryId, type RootOperationNode } from 'kysely'
import { db } from './builder/db.ts'
import { fn } from './builder/fn.ts'
import type { Db, Rows } from './builder/types/select.ts'
import { CanonicalCompiler } from './canonical-sql.ts'

/** What an asset's query is built from: its upstreams as tables under the names that the asset gives them. */
export interface QueryContext<Database extends object> {
  readonly db: Db<Database>
  readonly fn: typeof fn
}

/** A query as data: Kysely's tree, with lake's functions in it. */
export type QueryTree = RootOperationNode

/** A query whose rows have the columns of `Output`. */
export type QueryBuilder<Output> = Rows<Output>

/** Kysely tells the queries that it runs apart by this; it runs none of ours. */
const QUERY_ID = createQueryId()

/** Calls the asset's query function; its upstreams need not exist yet. */
export function buildQuery(
  query: (context: QueryContext<never>) => Pick<QueryBuilder<unknown>, 'toOperationNode'>,
): QueryTree {
  return query({ db, fn }).toOperationNode() as QueryTree
}

// A compiler begins afresh with every query, and takes longer to make than to use.
const canonicalCompiler = new CanonicalCompiler()

/** The text that stands for the query in code versions, whatever engine runs it. */
export const canonicalSql = (tree: QueryTree): string => canonicalCompiler.compileQuery(tree, QUERY_ID).sql
