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

export interface FailedQuery {
  readonly sql: string
  /** The failing lines that a search has found. */
  readonly lines?: readonly FailingLine[]
}

/** An error in the asset's own query or checks, for their author. */
export function queryFailed(
  { key, declared }: ResolvedTable,
  message: string,
  { sql, lines = [] }: FailedQuery,
): LakeError {
  const details = { sql, file: declared.file, ...(lines.length > 0 && { lines }) }
  return new LakeError('query-failed', { problem: message, asset: key, details })
}

/** `\nIt fails at this line:\n  plays: a.json:3`; empty if no line is known. */
export function describeLines(lines: readonly FailingLine[]): string {
  const [first] = lines
  if (!first) return ''
  const named = lines.map(({ asset, file, line }) => `\n  ${asset}: ${printableLine(file)}:${line}`).join('')
  if (first.together) return `\nIt fails at this line together with those before it:${named}`
  return `\nIt fails at ${lines.length === 1 ? 'this line' : 'these lines (there may be more)'}:${named}`
}

/** `songs (assets/songs.ts)` */
export function withFile({ key, declared }: ResolvedTable): string {
  return declared.file ? `${key} (${declared.file})` : key
}
