/** Finds the assets among the exports of a config, and reports values that should be assets. */
import type { Asset } from '../declare/definition.ts'
import type { Problem } from './problem.ts'

interface ListedAssets {
  readonly assets: readonly Asset[]
  readonly problems: readonly Problem[]
}

/**
 * `declared` is an array of assets, or an object such as the exports of a module. An object can
 * also contain functions and plain values, such as a shared query; those are skipped.
 */
export function listedAssets(declared: object): ListedAssets {
  const isList = Array.isArray(declared)
  // Array.from includes the holes of an array.
  const entries: readonly (readonly [string, unknown])[] = isList
    ? Array.from(declared, (value, index) => [`assets[${index}]`, value] as const)
    : Object.entries(declared)
  return {
    assets: entries.flatMap(([, value]) => (isAsset(value) ? [value] : [])),
    problems: entries.flatMap(([name, value]) => problemOf(name, value, isList) ?? []),
  }
}

function problemOf(name: string, value: unknown, isList: boolean): Problem | undefined {
  if (isAsset(value)) return undefined
  const problem = (message: string, remedy: string): Problem => ({ asset: name, file: undefined, message, remedy })
  if (value === undefined || value === null) {
    return problem(
      `it is ${value}, not an asset`,
      'check that the imported module exports this name, and that the two modules do not import each other',
    )
  }
  if (value instanceof Promise) return problem('it is a promise, not an asset', 'await it before you list it')
  if (typeof value === 'object' && Object.values(value).some(isAsset)) {
    return problem('it is not an asset, but contains some', `list its contents: ${isList ? '...' : `...${name}`}`)
  }
  if (!isList) return undefined
  return problem(`it is not an asset, but ${kindOf(value)}`, 'list only results of defineSource and defineAsset')
}

function isAsset(value: unknown): value is Asset {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  return value.kind === 'source' || value.kind === 'table'
}

function kindOf(value: unknown): string {
  if (typeof value === 'object') return 'another object'
  return `a ${typeof value}`
}
