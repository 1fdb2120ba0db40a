import {
  createQueryId,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  type QueryCreator,
  type RootOperationNode,
  type SelectQueryBuilder,
} from 'kysely'
import { CanonicalCompiler } from './canonical-sql.ts'
import { type PortableFunctions, portable } from './portable.ts'

/** What an asset's query is built from: its upstreams as tables under the names that the asset gives them. */
export interface QueryContext<Database> {
  readonly db: QueryCreator<Database>
  readonly fn: PortableFunctions
}

/** A query as data: Kysely's tree, with portable functions in it. */
export type QueryTree = RootOperationNode

/** A builder whose rows are exactly `Output`: a column more, a column less or another type is a compile error. */
// biome-ignore lint/suspicious/noExplicitAny: what the query reads from does not matter here, and only `any` accepts every builder.
export type QueryBuilder<Output> = SelectQueryBuilder<any, any, Output>

const builder = new Kysely<never>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new CanonicalCompiler(),
  },
})

/** Kysely tells the queries that it runs apart by this; it runs none of ours. */
const QUERY_ID = createQueryId()

/** Calls the asset's query function; its upstreams need not exist yet. */
export function buildQuery(query: (context: QueryContext<never>) => QueryBuilder<unknown>): QueryTree {
  return query({ db: builder, fn: portable }).toOperationNode() as QueryTree
}

// A compiler begins afresh with every query, and takes longer to make than to use.
const canonicalCompiler = new CanonicalCompiler()

/** The text that stands for the query in code versions, whatever engine runs it. */
export const canonicalSql = (tree: QueryTree): string => canonicalCompiler.compileQuery(tree, QUERY_ID).sql

/** What a function shared by several assets' queries takes: `Queries<{ catalog: RowOf<typeof songData> }>`. */
export type Queries<Database> = QueryCreator<Database>
