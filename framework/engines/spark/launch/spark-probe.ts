/** Finds out which Spark and Python `lake doctor` would run, and whether Spark can read S3. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { SparkEngineSettings } from '../../../declare/project.ts'
import { LakeError } from '../../../errors.ts'
import { withoutFullStop } from '../../../text/full-stop.ts'

const execute = promisify(execFile)

/** Maximum time for a program to print its version. */
const MAX_MS = 30_000

interface SparkInstallation {
  /** `3.5.9` */
  readonly version: string
  /** `17.0.15`; undefined if Spark does not print it. */
  readonly java: string | undefined
}

/** The versions that spark-submit prints. Throws `engine-failed` if it cannot be run. */
export async function sparkInstallation({ submit = 'spark-submit' }: SparkEngineSettings): Promise<SparkInstallation> {
  const printed = await run(
    submit,
    ['--version'],
    'Install Spark (pip install pyspark), or name its spark-submit in engine.submit of the profile.',
  )
  const version = /\bversion (\d+\.\d+\S*)/.exec(printed)?.[1]
  if (version === undefined) {
    throw new LakeError('engine-failed', {
      problem: `${submit} --version names no version`,
      remedy: `Set engine.submit to Spark's own spark-submit.`,
    })
  }
  return { version, java: /^Using Scala version .*, ([\d._]+)/m.exec(printed)?.[1] }
}

interface PythonInstallation {
  readonly program: string
  /** `3.11.9` */
  readonly version: string
}

/**
 * The Python that runs the job on this machine, found in the same way as Spark finds it. Throws
 * `engine-failed` if it cannot be run.
 */
export async function sparkPython({ conf = {} }: SparkEngineSettings): Promise<PythonInstallation> {
  const { PYSPARK_DRIVER_PYTHON, PYSPARK_PYTHON } = process.env
  const configured = conf['spark.pyspark.driver.python'] ?? conf['spark.pyspark.python']
  const program = configured ?? PYSPARK_DRIVER_PYTHON ?? PYSPARK_PYTHON ?? 'python3'
  const printed = await run(program, ['--version'], 'Install Python 3, or name one in PYSPARK_PYTHON.')
  return { program, version: /^Python (\S+)/m.exec(printed)?.[1] ?? printed.trim() }
}

async function run(program: string, args: readonly string[], remedy: string): Promise<string> {
  try {
    const { stdout, stderr } = await execute(program, [...args], { timeout: MAX_MS, killSignal: 'SIGKILL' })
    return stdout + stderr
  } catch (cause) {
    const { code, stderr = '', killed } = cause as { code?: unknown; stderr?: string; killed?: boolean }
    if (code === 'ENOENT')
      throw new LakeError('engine-failed', { problem: `the program ${program} was not found`, remedy, cause })
    const reason = killed ? `it did not end within ${MAX_MS / 1000} s` : lastLine(stderr) || String(cause)
    const next = /java/i.test(stderr) ? 'Install Java 17, or name one in JAVA_HOME.' : remedy
    throw new LakeError('engine-failed', {
      problem: `${program} does not run: ${withoutFullStop(reason)}`,
      remedy: next,
      cause,
    })
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''

/** The setting or jar that gives Spark access to S3; undefined if none is found on this machine. */
export async function s3aJars(settings: SparkEngineSettings): Promise<string | undefined> {
  const { args = [], conf = {} } = settings
  const texts = [...args, ...Object.values(conf)]
  const named = texts
    .flatMap((text) => text.split(/[,:\s]+(?=\S*hadoop-aws)|,/))
    .find((text) => text.includes('hadoop-aws'))
  if (named !== undefined) return named
  for (const directory of [...classPath(settings), ...(await ownJars(settings))]) {
    const jar = (await readdir(directory).catch(() => [])).find((name) => /^hadoop-aws.*\.jar$/.test(name))
    if (jar !== undefined) return join(directory, jar)
  }
  return undefined
}

function classPath({ args = [], conf = {} }: SparkEngineSettings): readonly string[] {
  const paths = [args[args.indexOf('--driver-class-path') + 1], conf['spark.driver.extraClassPath']]
  return paths.flatMap((path) => path?.split(delimiter) ?? []).map((entry) => entry.replace(/\/\*$/, ''))
}

/** The jars directories of SPARK_HOME and of spark-submit's installation. */
async function ownJars({ submit = 'spark-submit' }: SparkEngineSettings): Promise<readonly string[]> {
  const found = submit.includes('/') ? submit : await onPath(submit)
  const program = found === undefined ? undefined : await realpath(found).catch(() => undefined)
  const homes = [process.env.SPARK_HOME, program === undefined ? undefined : dirname(dirname(program))]
  return homes.flatMap((home) => (home ? [join(home, 'jars')] : []))
}

async function onPath(program: string): Promise<string | undefined> {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, program)
    if (existsSync(path)) return path
  }
  return undefined
}
