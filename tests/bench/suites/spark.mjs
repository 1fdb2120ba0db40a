/** Measures a full refresh on Spark and the hand-written PySpark job. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'
import { lake, simulated } from '../lake.mjs'
import { inTurns } from '../measure.mjs'
import { sameRows } from '../same-rows.mjs'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const YARDSTICK = fileURLToPath(new URL('../by-hand/yardstick.py', import.meta.url))
const MASTER = 'local[2]'
const TABLES = ['songs', 'artists', 'users', 'time', 'songplays']

/**
 * Builds all five tables from nothing, by lake on a local Spark and by a hand-written PySpark job
 * that starts in the same way, on each version of Spark that the tests use. Also measures a run
 * that has nothing to do. Returns the figures of both sides by version. Compares the rows of both.
 * Java starts as it does for users, without the options that halve its start in tests.
 */
export async function sparkRefresh(place, { songs, events, days, runs }) {
  const { sparkEnvironments } = await createJiti(import.meta.url).import('../../support/spark/spark.ts')
  const input = simulated(place, { songs, events, days })
  const figures = {}
  for (const environment of sparkEnvironments()) {
    figures[environment.version] = await refresh(join(place, `spark-${environment.version}`), environment, {
      input,
      runs,
    })
  }
  return figures
}

async function refresh(directory, { version, sparkSubmit, env }, { input, runs }) {
  const [tables, script] = [join(directory, 'lake'), join(directory, 'yardstick')]
  const config = join(directory, 'config', 'lake.config.ts')
  mkdirSync(join(directory, 'config'), { recursive: true })
  const args = ['--driver-memory', '4g', ...conf({ 'spark.ui.enabled': 'false', 'spark.sql.shuffle.partitions': '8' })]
  const engine = { kind: 'spark', submit: sparkSubmit, master: MASTER, args }
  writeFileSync(
    config,
    `import { defineConfig } from 'lake'\nimport * as assets from ${JSON.stringify(join(ROOT, 'assets', 'index.ts'))}\n` +
      `export default defineConfig({ assets, profiles: { default: ${JSON.stringify({ lake: tables, input, engine })} } })\n`,
  )
  Object.assign(process.env, env)
  const ours = (...command) => lake(['--config', config, ...command])
  const sides = inTurns(
    {
      lake: () => {
        rmSync(tables, { recursive: true, force: true })
        return ours('materialize', '--json')
      },
      script: () => {
        rmSync(script, { recursive: true, force: true })
        return submit(sparkSubmit, ['--master', MASTER, ...args, YARDSTICK, input, script])
      },
    },
    runs,
  )
  for (const table of TABLES) {
    const file = join(directory, `${table}.parquet`)
    ours('query', `SELECT * FROM ${table}`, '--format', 'parquet', '--out', file)
    const theirs = `read_parquet('${join(script, table)}/**/*.parquet', hive_partitioning = true)`
    await sameRows(`${table} of Spark ${version}`, `read_parquet('${file}')`, theirs)
  }
  return { ...sides, ...inTurns({ idle: () => ours('materialize', '--json') }, runs) }
}

const conf = (settings) => Object.entries(settings).flatMap(([name, value]) => ['--conf', `${name}=${value}`])

/**
 * Leaves out the CPU and memory of the processes that spark-submit starts, because they are not
 * measured.
 */
function submit(program, args) {
  const started = process.hrtime.bigint()
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (status !== 0) throw new Error(`${program} ended with ${status}:\n${stderr.slice(-4000)}`)
  return { wallSeconds: Number(process.hrtime.bigint() - started) / 1e9, cpuSeconds: 0, peakMiB: 0, addons: [] }
}
