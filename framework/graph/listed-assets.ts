/** Tells the assets of a config from what only stands beside them, and finds what was meant for an asset and is none. */
import type { Asset } from '../declare/definition.ts'
import type { Problem } from './problem.ts'

export interface ListedAssets {
  readonly assets: readonly Asset[]
  readonly problems: readonly Problem[]
}

/**
 * `declared` is an array of assets, or an object such as a module gives: there functions and plain values stand beside the assets, a shared
 * query for instance, and are none of them.
 */
export function listedAssets(declared: object): ListedAssets {
  const isList = Array.isArray(declared)
  // Of an array, holes too.
  const entries: readonly (readonly [string, unknown])[] = isList
    ? Array.from(declared, (value, place) => [`assets[${place}]`, value] as const)
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
      `it is ${value}, and no asset`,
      'check that the module it is imported from exports it by this name, and that the two do not import each other',
    )
  }
  if (value instanceof Promise) return problem('it is a promise, and no asset', 'await it before it is listed')
  if (typeof value === 'object' && Object.values(value).some(isAsset)) {
    return problem('it is no asset, but holds some', `list what it holds: ${isList ? '...' : `...${name}`}`)
  }
  if (!isList) return undefined
  return problem(`it is no asset, but ${kindOf(value)}`, 'list only what defineSource and defineAsset give')
}

function isAsset(value: unknown): value is Asset {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  return value.kind === 'source' || value.kind === 'table'
}

function kindOf(value: unknown): string {
  if (typeof value === 'object') return 'another object'
  return `a ${typeof value}`
}
