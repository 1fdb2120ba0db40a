import type { CheckFailure, InputTable } from '../../execute/engine.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import { inputSql, type Offenders, sampled } from './audit.ts'
import type { DuckDb } from './duckdb-session.ts'
import { identifier } from './sql.ts'

/** New rows of a table, and those of its files that stay as they are. */
export interface StandingRows {
  /** What follows FROM: the new rows. */
  readonly arriving: string
  readonly others: readonly string[]
  /** Whether a new row may have the key of a row in the other files. */
  readonly unique: boolean
  /** Referenced assets that may have lost keys since the other files' rows were checked. */
  readonly moved: ReadonlyMap<string, InputTable>
}

/** What the rows of the files that stay do not pass any more, with the new rows and with what has become of other assets. */
export async function checkStanding(
  db: DuckDb,
  asset: ResolvedTable,
  standing: StandingRows,
): Promise<readonly CheckFailure[]> {
  if (standing.others.length === 0) return []
  const failures: CheckFailure[] = []
  for (const offenders of [...sameKeys(asset, standing), ...dangling(asset, standing)]) {
    const failure = await sampled(db, offenders)
    if (failure.rows > 0) failures.push(failure)
  }
  return failures
}

function sameKeys(asset: ResolvedTable, { arriving, others, unique }: StandingRows): readonly Offenders[] {
  const { primaryKey } = asset
  if (!unique || primaryKey.length === 0) return []
  const on = primaryKey.map((name) => `own.${identifier(name)} = other.${identifier(name)}`).join(' AND ')
  const from = `${arriving} AS own SEMI JOIN ${othersSql(asset, others)} AS other ON ${on}`
  return [{ name: `${primaryKey.join(', ')} is unique`, severity: 'error', from }]
}

function dangling(asset: ResolvedTable, { others, moved }: StandingRows): readonly Offenders[] {
  return asset.references.flatMap(({ column, asset: key, key: target, severity }) => {
    const referenced = moved.get(key)
    if (!referenced) return []
    const own = `(SELECT * FROM ${othersSql(asset, others)} WHERE ${identifier(column)} IS NOT NULL) AS own`
    const on = `own.${identifier(column)} = target.${identifier(target)}`
    return [
      {
        name: `${column} stands in ${key}`,
        severity,
        from: `${own} ANTI JOIN ${inputSql(referenced)} AS target ON ${on}`,
      },
    ]
  })
}

const othersSql = ({ columns }: ResolvedTable, files: readonly string[]): string => inputSql({ columns, files })
