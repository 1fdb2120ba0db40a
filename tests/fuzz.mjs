// usage: npm run fuzz -- [--runs 1000] [--seed N] [NAME...] Runs the tests over random cases the
// given number of times, and everything in their files that `npm test` leaves out: other versions
// of Spark, other moments of an interruption. NAMEs select files. A failing case is shrunk and
// printed.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FILES = [
  'tests/contract/queries/columns-read.test.ts',
  'tests/contract/queries/relation.test.ts',
  'tests/contract/increments/changes.test.ts',
  'tests/contract/increments/typed-changes.test.ts',
  'tests/contract/increments/group-differences.test.ts',
  'tests/contract/increments/first-rows.test.ts',
  'tests/contract/increments/changed-files.test.ts',
  'tests/contract/storage/s3-listing.test.ts',
  'tests/contract/lakes/mutated-documents.test.ts',
  'tests/contract/lakes/moved-tables.test.ts',
  'tests/scenarios/increments/histories.test.ts',
  'tests/scenarios/increments/random-assets.test.ts',
  'tests/scenarios/damage/hostile-lake.test.ts',
  'tests/scenarios/interrupted/killed-anywhere.test.ts',
  'tests/scenarios/schedules/killed-scheduler.test.ts',
  'tests/contract/functions/functions.test.ts',
  'tests/contract/functions/series.test.ts',
  'tests/contract/functions/double-sum.test.ts',
  'tests/contract/sources/line-rules-parity.test.ts',
  'tests/contract/sources/delta-sources-spark.test.ts',
  'tests/contract/increments/spark-increments.test.ts',
  'tests/contract/engines/spark-dialect.test.ts',
  'tests/contract/sources/nested.test.ts',
  'tests/contract/lakes/spark-lake.test.ts',
  'tests/contract/readers/deletion-vector-readers.test.ts',
  'tests/scenarios/tables/tpch.test.ts',
  'tests/scenarios/runs/emr.test.ts',
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '1000' }, seed: { type: 'string' } },
})
const chosen = FILES.filter((file) => positionals.length === 0 || positionals.some((name) => file.includes(name)))
const env = { ...process.env, LAKE_RUNS: values.runs, LAKE_SEED: values.seed ?? String(Date.now() % 2 ** 31) }
const args = [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--config',
  'tests/vitest.config.ts',
  '--testTimeout',
  '0',
  ...chosen,
]
process.exitCode = spawnSync(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' }).status ?? 1
