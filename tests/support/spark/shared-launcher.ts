/** Launches drivers on the Spark that all test files share, each in a thread of its own. */
import type { JobEnd, Launcher } from '../../../framework/engines/spark/launch/launcher.ts'
import type { SparkEnvironment } from './spark.ts'
import { SparkConnection } from './spark-connection.ts'

/**
 * The drivers run the program of the job. They end when their mailbox says so, and are never
 * killed.
 */
export function sharedSparkLauncher(environment: SparkEnvironment): Launcher {
  const running = new Set<Promise<JobEnd>>()
  return {
    name: 'shared Spark',
    outlivesRun: false,
    submit: async ({ arguments: given }) => {
      const connection = await SparkConnection.open(environment, { job: given })
      const ended = endOf(connection).finally(() => running.delete(ended))
      running.add(ended)
      return { where: 'a thread', adopted: false, ended, expectEnd: () => undefined, cancel: async () => undefined }
    },
    close: async () => {
      await Promise.all(running)
    },
  }
}

async function endOf(connection: SparkConnection): Promise<JobEnd> {
  try {
    await connection.answer()
    return { kind: 'completed' }
  } catch (error) {
    return { kind: 'failed', message: String(error) }
  } finally {
    await connection.close()
  }
}
