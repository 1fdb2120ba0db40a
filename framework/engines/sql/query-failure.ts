/** Turns an engine's failure at an asset's SQL into an error for the asset's author. */
import { LakeError } from '../../errors.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'

/** An error in the asset's own query or checks, for their author. */
export function queryFailed({ key, declared }: ResolvedTable, message: string, sql: string): LakeError {
  return new LakeError('query-failed', message, { asset: key, details: { sql, file: declared.file } })
}

/** `songs (assets/songs.ts)` */
export function withFile({ key, declared }: ResolvedTable): string {
  return declared.file ? `${key} (${declared.file})` : key
}
