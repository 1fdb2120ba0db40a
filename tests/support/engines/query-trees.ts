/** Builds query trees from nodes, without the types of the builder. */
import { ExpressionWrapper, type OperationNode } from 'kysely'
import { buildQuery, type QueryBuilder, type QueryTree } from '../../../framework/query/query.ts'

/** A part of Kysely's builder without its types, because the tests build calls from names. */
export interface LooseSelect {
  select(selection: unknown): LooseSelect
  where(...condition: unknown[]): LooseSelect
  groupBy(columns: unknown): LooseSelect
  toOperationNode(): unknown
}

export interface LooseDb {
  selectFrom(tables: string | readonly string[]): LooseSelect
}

export const treeOf = (query: (db: LooseDb) => LooseSelect): QueryTree =>
  buildQuery(({ db }) => query(db as unknown as LooseDb) as unknown as QueryBuilder<unknown>)

export const aliased = (node: OperationNode, name: string) => new ExpressionWrapper(node).as(name)
