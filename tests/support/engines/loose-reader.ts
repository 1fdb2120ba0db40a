/** Reads queries that tests build without the types of their columns. */
import { type ReadQuery, readQuery, type UpstreamTables } from '../../../framework/query/reader/read-query.ts'

type Readable = Extract<ReadQuery, { readonly kind: 'read' }>

interface Built {
  toOperationNode(): unknown
}

/** Reads queries over these tables. */
export function looseReader(tables: UpstreamTables) {
  const queryOf = (query: Built): ReadQuery => readQuery(query.toOperationNode() as never, tables)
  return {
    queryOf,
    /** Throws if the query is refused. */
    read(query: Built): Readable {
      const found = queryOf(query)
      if (found.kind === 'refused') throw new Error(`${found.reason}: ${found.remedy}`)
      return found
    },
    /** The reason of the refusal and its remedy; `none` if the query is read. */
    problem(query: Built): string {
      const found = queryOf(query)
      return found.kind === 'refused' ? `${found.reason}: ${found.remedy}` : 'none'
    },
  }
}
