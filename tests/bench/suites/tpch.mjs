// TPC-H at any scale: node tests/bench/suites/tpch.mjs [SCALE]. Every table is compared with what
// DuckDB's own queries give, before and after changes. node tests/bench/suites/tpch.mjs SCALE
// increments: how long small changes take compared with rebuilds of the same tables, and which of
// the two lake chooses. node tests/bench/suites/tpch.mjs SCALE spark 3.5: the queries run on that
// version of Spark.
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'

const lake = fileURLToPath(new URL('../../../framework/index.ts', import.meta.url))
const jiti = createJiti(import.meta.url, { alias: { lake } })
const [scale = '1', what, version] = process.argv.slice(2)
const isRight = await measured(Number(scale))
process.exitCode = isRight ? 0 : 1

async function measured(scale) {
  if (what === 'increments') {
    const { tpchIncrementsAtScale } = await jiti.import('../../support/tpch/increments-at-scale.ts')
    return tpchIncrementsAtScale(scale)
  }
  const { tpchAtScale } = await jiti.import('../../support/tpch/at-scale.ts')
  if (what !== 'spark') return tpchAtScale(scale)
  const spark = await sparkOf(version)
  try {
    return await tpchAtScale(scale, spark.engine)
  } finally {
    await spark.close()
  }
}

async function sparkOf(version) {
  const { sparkEnvironments } = await jiti.import('../../support/spark/spark.ts')
  const { openSpark } = await jiti.import('../../support/spark/open-spark.ts')
  const launch = '../../../framework/engines/spark/launch'
  const { sparkSubmitLauncher } = await jiti.import(`${launch}/spark-submit.ts`)
  const { jobFiles } = await jiti.import(`${launch}/job-files.ts`)
  const found = sparkEnvironments().find((environment) => environment.version === version)
  if (!found) throw new Error(`there is no Spark ${version} in the tests`)
  const { sparkSubmit, env, conf } = found
  const args = [...conf, '--driver-memory', '6g']
  const settings = { program: sparkSubmit, master: 'local[2]', args, env, conf: {} }
  return openSpark(sparkSubmitLauncher(settings, jobFiles()))
}
