import { createQueryId, type RootOperationNode } from 'kysely'
import { db } from './builder/db.ts'
import type { Db, Rows } from './builder/select.ts'
import { type PortableFunctions, portable } from './portable.ts'
import { SqlCompiler, type SqlDialect, standardText } from './sql-compiler.ts'

/** What an asset's query is built from: its upstreams as tables under the names that the asset gives them. */
export interface QueryContext<Database extends object> {
  readonly db: Db<Database>
  readonly fn: PortableFunctions
}

/** A query as data: Kysely's tree, with portable functions in it. */
export type QueryTree = RootOperationNode

/** A query whose rows have the columns of `Output`. */
export type QueryBuilder<Output> = Rows<Output>

/** No function is translated, so each stands under its own name: the text that stands for a query in code versions, whatever engine runs it. */
const CANONICAL: SqlDialect = {
  functions: {},
  quote: '"',
  text: standardText,
  timestamp: (value) => `timestamp '${value.toISOString()}'`,
}

/** Kysely tells the queries that it runs apart by this; it runs none of ours. */
const QUERY_ID = createQueryId()

/** Calls the asset's query function; its upstreams need not exist yet. */
export function buildQuery(
  query: (context: QueryContext<never>) => Pick<QueryBuilder<unknown>, 'toOperationNode'>,
): QueryTree {
  return query({ db, fn: portable }).toOperationNode() as QueryTree
}

export function compileQuery(tree: QueryTree, dialect: SqlDialect): string {
  return new SqlCompiler(dialect).compileQuery(tree, QUERY_ID).sql
}

// A compiler begins afresh with every query, and takes longer to make than to use.
const canonicalCompiler = new SqlCompiler(CANONICAL)

export const canonicalSql = (tree: QueryTree): string => canonicalCompiler.compileQuery(tree, QUERY_ID).sql
