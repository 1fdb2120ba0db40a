/** Finds the PySpark job on this machine: its program, and the package that the program imports. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ARCHIVE } from './job-archive.ts'

/** Where `npm run build` puts the job. */
const JOB = join('dist', 'spark')

/** Paths on this machine. */
export interface JobFiles {
  /** The program. */
  readonly main: string
  /** The zip of the package that the program imports. */
  readonly archive: string
}

/**
 * Searches upwards from this module, because bundling can move it to another directory than the
 * job's.
 */
export function jobFiles(): JobFiles {
  for (let directory = dirname(fileURLToPath(import.meta.url)); ; directory = dirname(directory)) {
    const job = join(directory, JOB)
    if (existsSync(job)) return { main: join(job, 'main.py'), archive: join(job, ARCHIVE) }
    if (directory === dirname(directory)) throw new Error(`the Spark job, ${JOB}, is not built`)
  }
}
