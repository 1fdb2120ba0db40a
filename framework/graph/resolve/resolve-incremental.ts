/**
 * Resolves how a table follows its upstreams, and refuses declarations that its query contradicts.
 */
import type { Table } from '../../declare/definition.ts'
import type { Incremental } from '../../declare/incremental.ts'
import { isNested, nestedName } from '../../expression/value-type.ts'
import { type WiderThanKey, widerThan } from '../../increment/analysis/key-locality.ts'
import { refused } from '../../refusal.ts'
import { hasRawSql } from '../../relation/sql/raw-sql.ts'
import type { Report } from '../problem.ts'
import type { ResolvedIncremental, ResolvedQuery } from '../resolved-asset.ts'

/** A table of one row always follows its upstreams, because its row depends on no other rows. */
const ONE_ROW_KEY: Incremental = { kind: 'key', columns: [] }

/**
 * Returns undefined for a table that is not incremental. Reports a declaration that the query
 * contradicts.
 */
export function resolveIncremental(
  table: Table,
  query: () => ResolvedQuery,
  report: Report,
): ResolvedIncremental | undefined {
  const { partitionBy, columns, oneRow } = table
  const incremental = oneRow ? ONE_ROW_KEY : table.incremental
  if (!incremental) return undefined
  const { relation, outputs } = query()
  const byColumns = incremental.kind === 'key' ? incremental.columns : partitionBy
  const unknown = byColumns.filter((name) => !Object.hasOwn(columns, name))
  if (incremental.kind === 'partition' && byColumns.length === 0) {
    report('it is incremental by partition and has no partitions', 'declare partitionBy, or byKey(...)')
  }
  if (incremental.kind === 'key' && byColumns.length === 0 && !oneRow)
    report('it is incremental by no column', 'name one: byKey(...)')
  for (const name of unknown)
    report(`it is incremental by ${name}, which is not a column`, 'name declared columns only')
  for (const output of outputs) {
    if (byColumns.includes(output.name) && isNested(output.type))
      report(`it is incremental by ${output.name}, which is ${nestedName(output.type)}`, 'name columns of scalars only')
  }
  if (hasRawSql(relation)) return refused('raw SQL, which lake does not examine')
  // An increment does not check kept rows, and those can refer to rows that it removes.
  if (table.checks.some((check) => check.kind === 'references' && check.asset === table.key)) {
    return refused('a check that refers to the table itself')
  }
  for (const name of byColumns) {
    const output = outputs.find((column) => column.name === name)
    const wider = output && widerThan(relation, output.id)
    if (wider) report(...widerProblem(name, wider))
  }
  return { kind: 'followed', mode: incremental.kind === 'key' ? 'keys' : 'partitions', byColumns, relation, outputs }
}

function widerProblem(name: string, { operator, columns }: WiderThanKey): readonly [message: string, remedy: string] {
  const over = columns.length > 0 ? ` over ${columns.join(', ')}` : ''
  return [
    `it is incremental by ${name}, but rows of different ${name} depend on each other: ${operator}${over} spans them`,
    'declare `byKey` on the columns that it is over, or drop `incremental`: the table is then rebuilt in full',
  ]
}
