import { foldName, type Outputs } from './name-scope.ts'
import type { QueryTree } from './query.ts'
import { openQuery, readAll } from './read-query.ts'

/** The names of tables' columns, in their order, by the tables' names. */
export type TableColumns = ReadonlyMap<string, readonly string[]>

/**
 * Of each upstream the columns on whose values the query's rows may depend: those that reach the result, and those that decide
 * which rows there are, how they are grouped, ranked and cut off. A subquery's column that nothing outside of it names is not read,
 * and `count(*)` reads none: how many rows an upstream has is left aside. Where the tree has something that cannot be followed
 * (raw SQL, a name from nowhere), every column of every upstream is read.
 */
export function columnsRead(tree: QueryTree, upstreams: TableColumns): TableColumns {
  const read = new Map([...upstreams.keys()].map((alias) => [alias, new Set<string>()]))
  const tables = new Map<string, Outputs>()
  for (const [alias, names] of upstreams) {
    const outputs = names.map((name) => ({ name, read: () => void read.get(alias)?.add(name) }))
    tables.set(foldName(alias), outputs)
  }
  const readEverything = () => readAll([...tables.values()].flat())
  readAll(openQuery(tree, { tables, from: [], outputs: [], outer: undefined, readEverything }))
  return new Map([...upstreams].map(([alias, names]) => [alias, names.filter((name) => read.get(alias)?.has(name))]))
}
