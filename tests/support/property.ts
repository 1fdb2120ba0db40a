import fc from 'fast-check'

/** So many runs, unless `npm run fuzz -- --runs N` asks for others. */
const RUNS = process.env.LAKE_RUNS
const SEED = process.env.LAKE_SEED

/** Checks a property, says with which seed (`npm run fuzz -- --seed SEED` does the same again), and gives the number of runs. */
export async function holds<Values extends [unknown, ...unknown[]]>(
  name: string,
  property: fc.IAsyncPropertyWithHooks<Values>,
  runs: number,
): Promise<number> {
  const seed = SEED === undefined ? Date.now() | 0 : Number(SEED)
  const numRuns = RUNS === undefined ? runs : Number(RUNS)
  process.stdout.write(`${name}: ${numRuns} runs, seed ${seed}\n`)
  await fc.assert(property, { seed, numRuns, endOnFailure: process.env.LAKE_NO_SHRINK === '1' })
  return numRuns
}
