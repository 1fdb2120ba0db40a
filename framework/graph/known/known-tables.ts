/** Keeps the results of checking a project's tables, for the next load of the same declarations. */
import type { AssetCode } from '../code-version.ts'
import type { ResolvedAsset } from '../resolved-asset.ts'

/** A table that was checked before, and has no problem. */
export interface KnownTable extends Pick<AssetCode, 'version' | 'query' | 'checks'> {
  readonly usesRawSql: boolean
}

/**
 * The tables of a project by their keys. All of its declarations are the same as when they were
 * checked.
 */
export type KnownTables = ReadonlyMap<string, KnownTable>

/** Prints a line for each table. Neither keys nor hashes have spaces. */
export function printKnownTables(assets: readonly ResolvedAsset[]): string {
  const lines = assets.flatMap((asset) => {
    if (asset.kind === 'source') return []
    const { version, query, checks = '' } = asset.code
    return [[asset.key, version, query, checks, asset.usesRawSql ? 'raw' : ''].join(' ')]
  })
  return lines.join('\n')
}

export function parseKnownTables(text: string): KnownTables {
  const tables = new Map<string, KnownTable>()
  for (const line of text.split('\n')) {
    const [key = '', version = '', query = '', checks = '', raw] = line.split(' ')
    tables.set(key, { version, query, checks, usesRawSql: raw === 'raw' })
  }
  return tables
}
