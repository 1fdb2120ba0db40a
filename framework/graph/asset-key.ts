/** Defines the keys of assets. */
import type { Asset } from '../declare/definition.ts'

export type AssetsByKey = ReadonlyMap<string, Asset>

export const ASSET_KEY = /^[a-z][a-z0-9_]{0,99}$/i
