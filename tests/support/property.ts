/** Runs property tests and prints their seed, so that a failure can be repeated. */
import fc from 'fast-check'

/** Number of runs of each property; unset unless `npm run fuzz -- --runs N` sets it. */
const RUNS = process.env.LAKE_RUNS
const SEED = process.env.LAKE_SEED

/** Checks a property and returns the number of runs. `npm run fuzz -- --seed SEED` repeats the runs of a seed. */
export async function checkProperty<Values extends [unknown, ...unknown[]]>(
  name: string,
  property: fc.IAsyncPropertyWithHooks<Values>,
  runs: number,
): Promise<number> {
  const seed = SEED === undefined ? Date.now() | 0 : Number(SEED)
  const numRuns = RUNS === undefined ? runs : Number(RUNS)
  process.stdout.write(`${name}: ${numRuns} runs, seed ${seed}\n`)
  await fc.assert(property, { seed, numRuns })
  return numRuns
}
