import type { Table } from '../declare/definition.ts'
import type { Incremental } from '../declare/incremental.ts'
import { type WiderThanKey, widerThan } from '../increment/analysis/key-locality.ts'
import { hasRawSql } from '../relation/raw-sql.ts'
import type { Report } from './problem.ts'
import type { ResolvedIncremental, ResolvedQuery } from './resolved-asset.ts'

/** One row depends on no others, so that nothing has to be declared for it to be followed. */
const THE_ROW: Incremental = { kind: 'key', columns: [] }

/** How a table that is declared incremental follows its upstreams. Reports what its query contradicts. */
export function resolveIncremental(
  table: Table,
  { relation, outputs }: ResolvedQuery,
  report: Report,
): ResolvedIncremental | undefined {
  const { partitionBy, columns, oneRow } = table
  const incremental = oneRow ? THE_ROW : table.incremental
  if (!incremental) return undefined
  const by = incremental.kind === 'key' ? incremental.columns : partitionBy
  const unknown = by.filter((name) => !Object.hasOwn(columns, name))
  if (incremental.kind === 'partition' && by.length === 0) {
    report('it is incremental by partition and has no partitions', 'say partitionBy, or byKey(...)')
  }
  if (incremental.kind === 'key' && by.length === 0 && !oneRow)
    report('it is incremental by no column', 'name one: byKey(...)')
  for (const name of unknown)
    report(`it is incremental by ${name}, which is not a column`, 'name declared columns only')
  if (hasRawSql(relation)) return { kind: 'whole', why: 'raw SQL, of which only its author knows what it depends on' }
  // Rows that stay may refer to rows that go.
  if (table.checks.some((check) => check.kind === 'references' && check.asset === table.key)) {
    return { kind: 'whole', why: 'a check that refers to the table itself' }
  }
  for (const name of by) {
    const output = outputs.find((column) => column.name === name)
    const wider = output && widerThan(relation, output.id)
    if (wider) report(...widerProblem(name, wider))
  }
  return { kind: 'followed', mode: incremental.kind === 'key' ? 'keys' : 'partitions', by, relation, outputs }
}

function widerProblem(name: string, { by, over }: WiderThanKey): readonly [message: string, remedy: string] {
  const of = over.length > 0 ? ` over ${over.join(', ')}` : ''
  return [
    `it is incremental by ${name}, but rows of different ${name} depend on each other: ${by}${of} spans them`,
    'be incremental by what it is over, or drop `incremental`: the table is then rebuilt whole',
  ]
}
