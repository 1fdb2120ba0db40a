/** Starts the Spark that all test files share. */
import { once } from 'node:events'
import { join } from 'node:path'
import { JOB } from '../spark/job/job-modules.ts'
import type { SparkEnvironment } from '../spark/spark.ts'
import { spawnOnSpark } from '../spark/spark-session.ts'
import { smallJobs } from '../spark/submit-settings.ts'
import type { Service } from './service.ts'

/**
 * Several test files need memory at once. Without a limit, Spark keeps a thousand plans of queries
 * that have ended, and each as a long text for its web page.
 */
const FOR_MANY = [
  ...['--driver-memory', '1500m', '--conf', 'spark.sql.ui.retainedExecutions=10'],
  ...['--conf', 'spark.sql.ui.explainMode=simple'],
]

/**
 * Starts Spark with the job's Python, which opens SQL sessions and runs drivers, and with
 * delta-spark. Resolves once the socket takes connections. Spark ends with its input, so with this
 * process.
 */
export async function startSharedSpark(environment: SparkEnvironment, socket: string): Promise<Service<string>> {
  const settings = Object.entries(smallJobs(environment.version)).flatMap(([name, value]) => [
    '--conf',
    `${name}=${value}`,
  ])
  const conf = [...environment.conf, ...settings, ...FOR_MANY]
  // The jars come after Spark's own class path, with which the archive of classes was made.
  const classPath = { SPARK_DIST_CLASSPATH: join(environment.deltaJars, '*') }
  // Python's workers need the job's modules too.
  const env = { ...environment.env, ...classPath, PYTHONPATH: JOB }
  const spark = spawnOnSpark({ ...environment, conf, env }, 'shared_spark.py', [socket])
  let said = ''
  spark.stderr.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(-4000)
  })
  const ready = await Promise.race([once(spark.stdout, 'data').then(() => true), once(spark, 'exit').then(() => false)])
  if (!ready) throw new Error(`Spark ${environment.version} ended: ${said}`)
  const stop = async () => {
    spark.stdin.end()
    if (spark.exitCode === null) await once(spark, 'exit')
  }
  return { answer: socket, stop }
}
