/** Runs property tests and prints their seed, so that a failure can be repeated. */
import fc from 'fast-check'
import { IS_FUZZ } from '../shared/fuzz.ts'

/** Number of runs of each property. It is unset unless `npm run fuzz -- --runs N` sets it. */
const RUNS = process.env.LAKE_RUNS
const SEED = process.env.LAKE_SEED

/**
 * Checks a property with the given seed, or with another seed each time. Returns the number of
 * runs. `npm run fuzz -- --seed SEED` repeats the runs of a seed.
 */
export async function checkProperty<Values extends [unknown, ...unknown[]]>(
  name: string,
  property: fc.IAsyncPropertyWithHooks<Values>,
  wanted: number | { readonly runs: number; readonly seed: number },
): Promise<number> {
  const { runs, seed: own } = typeof wanted === 'number' ? { runs: wanted, seed: Date.now() | 0 } : wanted
  const seed = SEED === undefined ? own : Number(SEED)
  const numRuns = RUNS === undefined ? runs : Number(RUNS)
  process.stdout.write(`${name}: ${numRuns} runs, seed ${seed}\n`)
  // `npm test` ends with the first failure and its seed. Only `npm run fuzz` shrinks the failure,
  // which can take long.
  const endOnFailure = !IS_FUZZ
  await fc.assert(property, { seed, numRuns, endOnFailure })
  return numRuns
}
