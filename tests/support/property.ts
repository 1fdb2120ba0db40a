import fc from 'fast-check'

/** So many runs, unless `npm run fuzz -- --runs N` asks for others. */
const RUNS = process.env.LAKE_RUNS
const SEED = process.env.LAKE_SEED

/**
 * Checks a property with the seed that is given, or another each time. Says with which (`npm run fuzz -- --seed SEED` does the same again), and
 * gives the number of runs.
 */
export async function holds<Values extends [unknown, ...unknown[]]>(
  name: string,
  property: fc.IAsyncPropertyWithHooks<Values>,
  wanted: number | { readonly runs: number; readonly seed: number },
): Promise<number> {
  const { runs, seed: own } = typeof wanted === 'number' ? { runs: wanted, seed: Date.now() | 0 } : wanted
  const seed = SEED === undefined ? own : Number(SEED)
  const numRuns = RUNS === undefined ? runs : Number(RUNS)
  process.stdout.write(`${name}: ${numRuns} runs, seed ${seed}\n`)
  // What fails at a seed of its own is made smaller by `npm run fuzz`, which may take long.
  const endOnFailure = typeof wanted !== 'number' && RUNS === undefined
  await fc.assert(property, { seed, numRuns, endOnFailure })
  return numRuns
}
