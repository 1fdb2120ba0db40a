/**
 * Reads random queries as lake reads the query of an asset. It also writes them as plain SQL, which
 * DuckDB runs as the reference.
 */
import { INT } from '../../../framework/expression/value-type.ts'
import { buildQuery, canonicalSql, type QueryTree } from '../../../framework/query/query.ts'
import { type ReadQuery, readQuery, type UpstreamTables } from '../../../framework/query/reader/read-query.ts'
import { type QuerySpec, selectOf, TABLES } from './random-query.ts'

/** Every column is a nullable int. `id` identifies the rows. */
const UPSTREAMS: UpstreamTables = new Map(
  [...TABLES].map(([name, columns]) => [
    name,
    { columns: columns.map((column) => ({ name: column, type: INT, nullable: true })), keys: [['id']] },
  ]),
)

export interface RandomRead {
  readonly read: ReadQuery
  /** The query as Kysely writes it, without any function of lake. */
  readonly reference: string
}

export function readRandom(spec: QuerySpec): RandomRead {
  const tree: QueryTree = buildQuery(({ db }) => selectOf(spec, db) as never)
  return { read: readQuery(tree, UPSTREAMS), reference: canonicalSql(tree) }
}
