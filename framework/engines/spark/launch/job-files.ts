/** Finds the PySpark job on this machine: its program, and the package that the program imports. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const JOB = join('framework', 'engines', 'spark', 'job')

export interface JobFiles {
  /** The program's path. */
  readonly main: string
  /** Path as in an import, such as `lake_job/lines/parse_line.py` -> text. */
  readonly modules: ReadonlyMap<string, string>
}

/**
 * Searches upwards from this module, because bundling can move it to another directory than the
 * job's.
 */
export function jobFiles(): JobFiles {
  for (let directory = dirname(fileURLToPath(import.meta.url)); ; directory = dirname(directory)) {
    const job = join(directory, JOB)
    if (existsSync(job)) return filesIn(job)
    if (directory === dirname(directory)) throw new Error(`the Spark job, ${JOB}, is not installed`)
  }
}

function filesIn(job: string): JobFiles {
  const paths = readdirSync(join(job, 'lake_job'), { recursive: true, encoding: 'utf8' })
  const modules = paths
    .filter((path) => path.endsWith('.py'))
    .map(
      (path) =>
        [['lake_job', ...path.split(sep)].join('/'), readFileSync(join(job, 'lake_job', path), 'utf8')] as const,
    )
  return { main: join(job, 'main.py'), modules: new Map(modules) }
}
