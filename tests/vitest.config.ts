/** How the tests run: which projects they have, and how many run at once. */
import { availableParallelism, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The file that NODE_EXTRA_CA_CERTS names. Node reads it at each start, which takes longer than the
 * rest of the start. Among the programs that the tests start, only npm needs it.
 */
const certificates = process.env.NODE_EXTRA_CA_CERTS ?? ''
process.env.NODE_EXTRA_CA_CERTS = ''

const root = fileURLToPath(new URL('..', import.meta.url))
const resolve = { alias: { lake: `${root}framework/index.ts` } }

/**
 * Number of files that run at once. It is greater than the number of cores, because a file waits
 * for the processes that it starts. Each can have a Spark.
 */
const BYTES_OF_A_FILE = 4 * 1024 ** 3
const maxWorkers = Math.max(
  1,
  Math.min(Math.ceil(availableParallelism() * 2), Math.floor(totalmem() / BYTES_OF_A_FILE)),
)
const BUILT = ['tests/{assets,contract,scenarios}/**/*.test.ts']
/**
 * Files that need a process of their own. They connect to S3 servers of their own, and a process
 * has only one connection.
 */
const APART = ['tests/contract/storage/*.test.ts', 'tests/contract/runs/schedule-faults.test.ts']
const UNIT = ['tests/unit/**/*.test.{ts,tsx}']
/** These limits only end what hangs. No test may fail because a machine is slow. */
const patience = { testTimeout: 300_000, hookTimeout: 300_000 }
const together = { isolate: false, setupFiles: ['tests/support/shared/restored-environment.ts'] }
const slow = { testTimeout: 1_200_000, hookTimeout: 1_200_000 }

/**
 * The files that take longest, in this order. On a new machine the first file installs both
 * versions of Spark for a few minutes. Meanwhile, files run that need no Spark.
 */
const LONGEST = [
  'contract/functions/functions',
  'scenarios/damage/hostile-lake',
  'scenarios/interrupted/killed-anywhere',
  'scenarios/commands/package',
  'contract/increments/typed-changes',
  'scenarios/rows/rows-from-code',
  'scenarios/runs/staleness',
  'scenarios/commands/init',
  'scenarios/sources/source-files',
  'scenarios/interrupted/emr-faults',
  'scenarios/runs/emr',
  'contract/sources/delta-sources-spark',
  'scenarios/guides/guides',
  'contract/readers/deletion-vector-readers',
  'contract/increments/spark-increments',
  'scenarios/tables/tpch',
  'contract/sources/nested',
  'contract/lakes/spark-lake',
  'contract/engines/engine-failures',
  'contract/engines/engine',
  'contract/engines/spark-dialect',
  'contract/sources/formats',
  'contract/storage/s3-faults',
  'scenarios/schedules/killed-scheduler',
]

const PROJECTS = ['built', 'apart', 'unit']

/**
 * Begins with the files that take longest, so that no long file is left at the end. After them, the
 * projects run one after the other, because a worker keeps its loaded modules only while it stays
 * in one project.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification): number => {
      const long = LONGEST.findIndex((name) => moduleId.endsWith(`/tests/${name}.test.ts`))
      if (long >= 0) return long
      return LONGEST.length + PROJECTS.indexOf(project.name)
    }
    return (await super.sort(files)).toSorted((left, right) => place(left) - place(right))
  }
}

/**
 * `unit` needs no build and no engine. The other projects run the built program and engines. The
 * files of a worker share its loaded modules. Only the files of `apart` each have a process of
 * their own.
 */
export default defineConfig({
  root,
  test: {
    maxWorkers,
    provide: { certificates },
    globalSetup: ['tests/support/shared/services.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      { resolve, test: { root, name: 'unit', include: UNIT, ...patience, ...together } },
      { resolve, test: { root, name: 'built', include: BUILT, exclude: APART, ...slow, ...together } },
      { resolve, test: { root, name: 'apart', include: APART, ...slow } },
    ],
  },
})
