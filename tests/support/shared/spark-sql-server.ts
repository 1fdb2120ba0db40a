/** Starts a Spark whose SQL sessions are on a socket. */
import { once } from 'node:events'
import { JOB } from '../spark/job/job-modules.ts'
import type { SparkEnvironment } from '../spark/spark.ts'
import { spawnOnSpark } from '../spark/spark-session.ts'
import type { Service } from './service.ts'

/**
 * Starts Spark with the job's Python, which opens sessions. Resolves once the socket takes
 * connections. Spark ends with its input, so with this process.
 */
export async function startSparkSql(environment: SparkEnvironment, socket: string): Promise<Service<string>> {
  const spark = spawnOnSpark(environment, 'sql_server.py', [JOB, socket])
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
