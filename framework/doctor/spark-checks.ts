import { basename, dirname } from 'node:path'
import type { SparkEngineSettings } from '../declare/project.ts'
import { answerProbes, type Diagnosis, type Finding, ok, type Probe, warning } from './check.ts'

const PATIENCE_MS = 40_000

/** Whether spark-submit, its Java, its Python and the job are there, and what S3 takes where `onS3`. */
export async function sparkChecks(settings: SparkEngineSettings, onS3: boolean): Promise<readonly Diagnosis[]> {
  const probe = () => import('../engines/spark/launch/spark-probe.ts')
  const questions: readonly Probe[] = [
    {
      name: 'spark-submit',
      ask: async () => {
        const { version, java } = await (await probe()).sparkInstallation(settings)
        return sparkFinding(version, java)
      },
    },
    {
      name: 'Python',
      ask: async () => {
        const { program, version } = await (await probe()).sparkPython(settings)
        return ok(`${version} (${program})`)
      },
    },
    {
      name: 'Spark job',
      ask: async () => {
        const { jobFiles } = await import('../engines/spark/launch/job-files.ts')
        const { main, modules } = jobFiles()
        return ok(`${basename(main)} and ${modules.length} modules in ${dirname(main)}`)
      },
    },
    ...(onS3 ? [{ name: 'S3A', ask: async () => s3aFinding(await (await probe()).s3aJars(settings)) }] : []),
  ]
  // None of these needs the others.
  return answerProbes(
    questions.map((question) => ({ ...question, patience: PATIENCE_MS })),
    () => false,
  )
}

/** The versions that the engine's tests run on. */
const TRIED = ['3.5', '4.1']
/** Neither of these runs on a newer one. */
const NEWEST_JAVA = 21

export function sparkFinding(version: string, java: string | undefined): Finding {
  const found = `Spark ${version}${java === undefined ? '' : `, Java ${java}`}`
  if (java !== undefined && Number.parseInt(java, 10) > NEWEST_JAVA) {
    return warning(`${found}, which is too new for Spark`, 'Install Java 17, and name it in JAVA_HOME.')
  }
  if (TRIED.some((tried) => version.startsWith(`${tried}.`))) return ok(found)
  return warning(`${found}, on which lake was not tried`, `Use Spark ${TRIED.join(' or ')}: pip install pyspark==3.5.9`)
}

export function s3aFinding(jars: string | undefined): Finding {
  if (jars !== undefined) return ok(jars)
  return warning(
    "it cannot be told whether Spark can read S3: hadoop-aws is not among its jars, nor in the profile's args and conf",
    "Add args: ['--packages', 'org.apache.hadoop:hadoop-aws:3.3.4'] to the engine (3.4.2 for Spark 4.1), unless the cluster has it.",
  )
}
