/** Reads queries that tests build without the types of their columns. */
import { typeName } from '../../../framework/expression/value-type.ts'
import { type ReadQuery, readQuery, type UpstreamTables } from '../../../framework/query/reader/read-query.ts'

type Readable = Extract<ReadQuery, { readonly kind: 'read' }>

interface Built {
  toOperationNode(): unknown
}

/** Names an expression, so that a query can select it. */
export const x = (expression: { as(name: never): unknown }) => expression.as('x' as never)

/** Reads queries over these tables. */
export function looseReader(tables: UpstreamTables) {
  const queryOf = (query: Built): ReadQuery => readQuery(query.toOperationNode() as never, tables)
  /** Throws if the query is refused. */
  const read = (query: Built): Readable => {
    const found = queryOf(query)
    if (found.kind === 'refused') throw new Error(`${found.reason}: ${found.remedy}`)
    return found
  }
  return {
    queryOf,
    read,
    /**
     * The type of the first column that the query selects, with ` null` after it if the column can
     * be null.
     */
    firstType(query: Built): string {
      const [output] = read(query).outputs
      return `${output && typeName(output.type)}${output?.nullable ? ' null' : ''}`
    },
    /** The reason why the query is refused, with its remedy; `none` if it is read. */
    problem(query: Built): string {
      const found = queryOf(query)
      return found.kind === 'refused' ? `${found.reason}: ${found.remedy}` : 'none'
    },
  }
}
