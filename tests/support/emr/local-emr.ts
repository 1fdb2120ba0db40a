/** Runs a stand-in of EMR whose steps run on the Spark of this machine. */
import { fileURLToPath } from 'node:url'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import type { S3Server } from '../s3/s3-server.ts'
import type { SparkEnvironment, SparkVersion } from '../spark/spark.ts'
import { type EmrStandIn, type StandInOptions, startEmrStandIn } from './stand-in/emr-stand-in.ts'
import type { StepCommand } from './stand-in/step-process.ts'

export interface LocalEmrOptions extends Partial<Omit<StandInOptions, 'runStep' | 'logs'>> {
  readonly sparks: readonly SparkEnvironment[]
  /** Where the clusters find S3: at the server, or at a proxy in front of it. */
  readonly s3: Pick<S3Server, 'endpoint' | 'env'>
  /** Variables that a bootstrap action would set for the steps. */
  readonly stepEnv?: Readonly<Record<string, string>>
  /**
   * The socket of the Spark that all test files share. All steps run on that Spark, each in a
   * thread. No step may be killed then, because its thread would go on.
   */
  readonly sharedSpark?: string | undefined
}

const SHARED_STEP = fileURLToPath(new URL('shared_step.py', import.meta.url))

/**
 * Starts EMR on this machine. Steps run on a real S3 server, by the spark-submit of the release's
 * Spark or on the shared Spark. Logs go to LogUri, with the AWS settings of this process.
 */
export async function startLocalEmr(given: LocalEmrOptions): Promise<EmrStandIn> {
  const { sparks, s3, stepEnv = {}, sharedSpark, ...options } = given
  const runStep = (args: readonly string[], release: string): StepCommand => {
    const [program, ...rest] = args
    if (program !== 'spark-submit') throw new Error(`no step runs ${program} here`)
    const { sparkSubmit, python, conf, env: own } = sparkOf(release, sparks)
    const env = { ...own, ...s3.env, ...stepEnv }
    const submitted = [...conf, ...machineSettings(s3.endpoint), ...rest]
    return sharedSpark === undefined
      ? { command: sparkSubmit, args: submitted, env }
      : { command: python, args: [SHARED_STEP, sharedSpark, ...submitted], env }
  }
  const standIn: EmrStandIn = await startEmrStandIn({
    ...options,
    runStep,
    logs: async (path, body) => {
      const logUri = standIn.clusters.find(({ id }) => path.startsWith(`${id}/`))?.logUri
      if (logUri !== undefined) await openStorage(logUri.replace(/\/$/, '')).put(path, body)
    },
  })
  return standIn
}

/** EMR 7 has Spark 3.5. The releases named `emr-spark-...` have Spark 4.1. */
function sparkOf(release: string, sparks: readonly SparkEnvironment[]): SparkEnvironment {
  const version: SparkVersion = release.startsWith('emr-spark-') ? '4.1' : '3.5'
  const spark = sparks.find((candidate) => candidate.version === version)
  if (!spark) throw new Error(`there is no Spark ${version} for ${release}`)
  return spark
}

/** The configuration of an EMR machine, with settings that make small jobs quick. */
function machineSettings(endpoint: string): readonly string[] {
  const hadoop = Object.entries(fileSystemSettings(endpoint)).map(([name, value]) => [`spark.hadoop.${name}`, value])
  const small = ['spark.sql.shuffle.partitions', 'spark.default.parallelism'].map((name) => [name, '2'])
  return [...hadoop, ...small].flatMap(([name, value]) => ['--conf', `${name}=${value}`])
}

/** The Hadoop settings of an EMR machine, where S3A serves `s3://`. */
export const fileSystemSettings = (endpoint: string): Readonly<Record<string, string>> => ({
  'fs.s3.impl': 'org.apache.hadoop.fs.s3a.S3AFileSystem',
  'fs.s3a.endpoint': endpoint,
  'fs.s3a.endpoint.region': 'us-east-1',
  'fs.s3a.path.style.access': 'true',
  'fs.s3a.connection.ssl.enabled': 'false',
})
