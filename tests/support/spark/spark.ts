/** The versions of Spark that the tests install and run. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CACHE, madeOnce } from '../lakes/made-once.ts'
import { makeEnvironment, programOf } from '../python/python.ts'
import { IS_FUZZ } from '../shared/fuzz.ts'
import { fetchJars, JAR_SETS, jarNames } from './install/spark-jars.ts'

const WARM_UP = fileURLToPath(new URL('./install/warm_up.py', import.meta.url))

export const SPARK_VERSIONS = ['3.5', '4.1'] as const

const RELEASES: Readonly<Record<SparkVersion, string>> = { '3.5': '3.5.9', '4.1': '4.1.4' }

export type SparkVersion = (typeof SPARK_VERSIONS)[number]

/** A real Spark in .cache/, and the settings that run a program on it. */
export interface SparkEnvironment {
  readonly version: SparkVersion
  /** A Python that has pyspark. */
  readonly python: string
  readonly sparkSubmit: string
  readonly sparkHome: string
  /** The directory of the jars of delta-spark. Only the shared Spark has them. */
  readonly deltaJars: string
  /** Environment variables in addition to those of the caller. */
  readonly env: Readonly<Record<string, string>>
  /** Arguments of spark-submit: a local master, S3A, a quick start, no web page. */
  readonly conf: readonly string[]
}

/**
 * Returns each version of Spark that the engine supports, installed once in .cache/. Returns none
 * if Python or Java is missing. The tests are then skipped with a line that says so. If CI is set,
 * a missing version is an error.
 */
export function sparkEnvironments(): readonly SparkEnvironment[] {
  const absent = ['python3 --version', 'java -version'].filter((command) => !runs(command))
  if (absent.length === 0) return SPARK_VERSIONS.map(sparkEnvironment)
  const why = `no Spark can run here: ${absent.map((command) => `\`${command}\` does not run`).join(', ')}`
  if (process.env.CI) throw new Error(`${why}; with CI set the tests that need it may not be skipped`)
  process.stderr.write(`\nSKIPPED: ${why}.\n\n`)
  return []
}

/**
 * A single version, for tests whose results depend on lake and hardly on Spark. `npm run fuzz`
 * tries all versions.
 */
export function oneSpark(version: SparkVersion): readonly SparkEnvironment[] {
  return sparkEnvironments().filter((environment) => IS_FUZZ || environment.version === version)
}

function runs(command: string): boolean {
  const [program = '', ...args] = command.split(' ')
  return spawnSync(program, args).status === 0
}

function sparkEnvironment(version: SparkVersion): SparkEnvironment {
  const requirement = `pyspark==${RELEASES[version]}`
  const hash = createHash('sha256').update([requirement, ...JAR_SETS.flatMap((set) => jarNames(version, set))].join())
  const home = join(CACHE, `spark-${version}-${hash.digest('hex').slice(0, 12)}`)
  madeOnce(home, (making) => {
    note(`pyspark ${version} is being installed in .cache/, which takes a minute`)
    makeEnvironment(join(making, 'python'), requirement)
    for (const set of JAR_SETS) fetchJars(described(version, making), set, join(making, set))
  })
  const environment = described(version, home)
  // If its jars have moved, Java refuses the archive and then loads all classes without a message.
  const loaded = createHash('sha256').update(readFileSync(WARM_UP)).update(JAVA_OPTIONS).update(home)
  const archive = join(home, `classes-${loaded.digest('hex').slice(0, 12)}.jsa`)
  madeOnce(archive, (making) => {
    note(`Spark ${version}'s classes are being archived, so that it starts in half the time`)
    const submitted = [...environment.conf, ...javaOptions(`-XX:ArchiveClassesAtExit=${making}`)]
    const args = [...submitted, WARM_UP]
    execFileSync(environment.sparkSubmit, args, { env: { ...process.env, ...environment.env }, stdio: 'pipe' })
  })
  const archived = javaOptions(`-XX:SharedArchiveFile=${archive} -Xlog:cds=off -Xlog:cds+dynamic=off`)
  return { ...environment, conf: [...environment.conf, ...archived] }
}

function described(version: SparkVersion, home: string): SparkEnvironment {
  const python = programOf(join(home, 'python'))
  const [library = ''] = readdirSync(join(home, 'python', 'lib'))
  const sparkHome = join(home, 'python', 'lib', library, 'site-packages', 'pyspark')
  return {
    version,
    python,
    sparkHome,
    deltaJars: join(home, 'delta'),
    sparkSubmit: join(sparkHome, 'bin', 'spark-submit'),
    env: { SPARK_HOME: sparkHome, SPARK_LOCAL_IP: '127.0.0.1', PYSPARK_PYTHON: python, PYSPARK_DRIVER_PYTHON: python },
    conf: ['--master', 'local[2]', '--driver-class-path', join(home, 's3a', '*'), '--conf', 'spark.ui.enabled=false'],
  }
}

/**
 * Turns off the optimizing compiler and the concurrent garbage collector, which pay off only for
 * longer jobs. Without that compiler, Java reserves 48 MB for compiled code. The shared Spark fills
 * them, and Java then drops code that it needs again.
 */
const JAVA_OPTIONS = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=240m'

const javaOptions = (more: string) => ['--driver-java-options', `${JAVA_OPTIONS} ${more}`]

const note = (what: string) => process.stderr.write(`\n${what}.\n\n`)
