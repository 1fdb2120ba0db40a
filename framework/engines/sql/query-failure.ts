/** Turns an engine's failure in an asset's SQL into an error for the asset's author. */
import { LakeError } from '../../errors.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import { printableLine } from '../../text/printable.ts'

/** A line of a source at which a query fails. */
export interface FailingLine {
  /** The source. */
  readonly asset: string
  readonly file: string
  readonly line: number
  /** Whether it fails only together with lines before it, such as in a sum that overflows there. */
  readonly together?: boolean
}

/** What an engine knows of a failure in the SQL of an asset. */
interface FailedSql {
  /** The engine's message. */
  readonly reason: string
  /** The asset's query; missing if the failed SQL is another. */
  readonly sql?: string
  /** The failing lines that a search has found. */
  readonly lines?: readonly FailingLine[]
  readonly cause?: unknown
}

/** The query failed while the rows of its table were computed. */
export function queryFailed(asset: ResolvedTable, failed: FailedSql): LakeError {
  return sqlFailed(
    asset,
    `the query of ${withFile(asset)} failed: ${placed(failed)}\nThe query was:\n${failed.sql}`,
    failed,
  )
}

/** The SQL of an increment failed, which is derived from the query. */
export function incrementFailed(asset: ResolvedTable, failed: FailedSql): LakeError {
  return sqlFailed(
    asset,
    `the increment of ${withFile(asset)} failed: ${placed(failed)}\nThe query is:\n${failed.sql}`,
    failed,
  )
}

/** The query failed over parts of its upstreams. The caller shows the query. */
export function previewFailed(asset: ResolvedTable, failed: FailedSql): LakeError {
  return sqlFailed(asset, `the query of ${asset.key} failed: ${placed(failed)}`, failed)
}

/** The checks could not be run, so nothing is known of the rows. */
export function checksNotRun(asset: ResolvedTable, failed: FailedSql): LakeError {
  return sqlFailed(asset, `the checks of ${withFile(asset)} could not be run: ${failed.reason}`, failed)
}

/** An error in the asset's own query or checks, for their author. */
function sqlFailed(
  { key, declared }: ResolvedTable,
  problem: string,
  { sql = '', lines = [], cause }: FailedSql,
): LakeError {
  const details = { sql, file: declared.file, ...(lines.length > 0 && { lines }) }
  return new LakeError('query-failed', { problem, asset: key, details, cause })
}

const placed = ({ reason, lines = [] }: FailedSql): string => `${reason}${describeLines(lines)}`

/** `\nIt fails at this line:\n  plays: a.json:3`; empty if no line is known. */
function describeLines(lines: readonly FailingLine[]): string {
  const [first] = lines
  if (!first) return ''
  const named = lines.map(({ asset, file, line }) => `\n  ${asset}: ${printableLine(file)}:${line}`).join('')
  if (first.together) return `\nIt fails at this line together with those before it:${named}`
  return `\nIt fails at ${lines.length === 1 ? 'this line' : 'these lines (there may be more)'}:${named}`
}

/** `songs (assets/songs.ts)` */
function withFile({ key, declared }: ResolvedTable): string {
  return declared.file ? `${key} (${declared.file})` : key
}
