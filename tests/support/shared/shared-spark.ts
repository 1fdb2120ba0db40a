/** Starts the Spark that all test files share. */
import { once } from 'node:events'
import { join } from 'node:path'
import { JOB } from '../spark/job/job-modules.ts'
import type { SparkEnvironment } from '../spark/spark.ts'
import { spawnOnSpark } from '../spark/spark-session.ts'
import { smallJobs } from '../spark/submit-settings.ts'
import type { Service } from './service.ts'

/**
 * Limits how many plans of ended queries Spark keeps, each with a long text for its web page. By
 * default it keeps a thousand. Several test files need memory at once.
 */
const FOR_MANY = [
  ...['--driver-memory', '1500m', '--conf', 'spark.sql.ui.retainedExecutions=10'],
  ...['--conf', 'spark.sql.ui.explainMode=simple'],
]

/**
 * Starts Spark with the Python of the job, which opens SQL sessions and runs drivers, and with
 * delta-spark. Resolves once the socket accepts connections. Spark ends when its input ends, and so
 * with this process.
 */
export async function startSharedSpark(environment: SparkEnvironment, socket: string): Promise<Service<string>> {
  const settings = Object.entries(smallJobs(environment.version)).flatMap(([name, value]) => [
    '--conf',
    `${name}=${value}`,
  ])
  const conf = [...environment.conf, ...settings, ...FOR_MANY]
  // The jars come after the class path of Spark, with which the archive of classes was made.
  const classPath = { SPARK_DIST_CLASSPATH: join(environment.deltaJars, '*') }
  // The Python workers need the modules of the job too.
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
