/** Defines the keys of assets, and the names of their columns. */
import type { Asset } from '../declare/definition.ts'

export type AssetsByKey = ReadonlyMap<string, Asset>

export const ASSET_KEY = /^[a-z][a-z0-9_]{0,99}$/i
export const COLUMN_NAME = /^[\p{L}_][\p{L}\p{N}_]{0,99}$/u
