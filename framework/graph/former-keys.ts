/** Checks the former keys that assets declare. */
import type { Asset } from '../declare/definition.ts'
import { ASSET_KEY, type AssetsByKey } from './asset-key.ts'
import type { Problem } from './problem.ts'

/** Reports each former key that another asset has or had. */
export function formerKeyProblems(assets: AssetsByKey): readonly Problem[] {
  // Keys that differ only in case are equal.
  const declared = new Map([...assets.values()].map((asset) => [String(asset.key).toLowerCase(), asset]))
  const claimed = new Map<string, Asset>()
  return [...assets.values()].flatMap((asset) => {
    const { formerly, key, file } = asset
    if (formerly === undefined) return []
    const problem = (message: string, remedy: string) => [{ asset: String(key), file, message, remedy }]
    if (!ASSET_KEY.test(formerly)) {
      return problem(
        `formerly is ${JSON.stringify(formerly)}, which cannot be the key of an asset`,
        'give the key that it had',
      )
    }
    const twin = declared.get(formerly.toLowerCase())
    if (twin === asset) {
      return problem(`formerly names its own key (keys that differ only in case count as equal)`, 'drop `formerly`')
    }
    if (twin) {
      const swapped = twin.formerly?.toLowerCase() === key.toLowerCase()
      return problem(
        `formerly names ${twin.key}, which is an asset${swapped ? ` that was ${key} before, so that they swap tables` : ''}`,
        swapped
          ? `give one of them a third key, run \`lake materialize\`, and then its new one`
          : `drop \`formerly\`, or take ${twin.key} out of the assets of the config`,
      )
    }
    const other = claimed.get(formerly.toLowerCase())
    claimed.set(formerly.toLowerCase(), other ?? asset)
    return other
      ? problem(
          `it was formerly ${formerly}, and so was ${other.key}`,
          'a table can be moved to one key only: drop `formerly` of the other asset',
        )
      : []
  })
}
