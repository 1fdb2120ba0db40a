/** Checks Spark, its Java, its Python and the job of lake for `lake doctor`. */
import { basename, dirname } from 'node:path'
import type { SparkEngineSettings } from '../declare/project.ts'
import { answerProbes, type Diagnosis, type Finding, ok, type Probe, warning } from './check.ts'

/** How long to wait for spark-submit, in milliseconds. */
const PATIENCE_MS = 40_000

/** Checks the jars for S3 too if `onS3`. */
export async function sparkChecks(settings: SparkEngineSettings, onS3: boolean): Promise<readonly Diagnosis[]> {
  const module = () => import('../engines/spark/launch/spark-probe.ts')
  const probes: readonly Probe[] = [
    {
      name: 'spark-submit',
      ask: async () => {
        const { version, java } = await (await module()).sparkInstallation(settings)
        return sparkFinding(version, java)
      },
    },
    {
      name: 'Python',
      ask: async () => {
        const { program, version } = await (await module()).sparkPython(settings)
        return ok(`${version} (${program})`)
      },
    },
    {
      name: 'Spark job',
      ask: async () => {
        const { jobFiles } = await import('../engines/spark/launch/job-files.ts')
        const { main, archive } = jobFiles()
        return ok(`${basename(main)} and ${basename(archive)} in ${dirname(main)}`)
      },
    },
    ...(onS3 ? [{ name: 'S3A', ask: async () => s3aFinding(await (await module()).s3aJars(settings)) }] : []),
  ]
  // The probes do not depend on each other.
  return answerProbes(
    probes.map((probe) => ({ ...probe, patience: PATIENCE_MS })),
    () => false,
  )
}

/** The versions of Spark with which lake is tested. */
const TESTED = ['3.5', '4.1']
/** Maximum version of Java for these versions of Spark. */
const MAX_JAVA = 21

export function sparkFinding(version: string, java: string | undefined): Finding {
  const found = `Spark ${version}${java === undefined ? '' : `, Java ${java}`}`
  if (java !== undefined && Number.parseInt(java, 10) > MAX_JAVA) {
    return warning(`${found}, which is too new for Spark`, 'Install Java 17, and name it in JAVA_HOME.')
  }
  if (TESTED.some((tested) => version.startsWith(`${tested}.`))) return ok(found)
  return warning(
    `${found}, with which lake is not tested`,
    `Use Spark ${TESTED.join(' or ')}: pip install pyspark==3.5.9`,
  )
}

export function s3aFinding(jars: string | undefined): Finding {
  if (jars !== undefined) return ok(jars)
  return warning(
    "lake cannot find out whether Spark reads S3: hadoop-aws is not among its jars, nor in the profile's args and conf",
    "Add args: ['--packages', 'org.apache.hadoop:hadoop-aws:3.3.4'] to the engine (3.4.2 for Spark 4.1), unless the cluster has it.",
  )
}
