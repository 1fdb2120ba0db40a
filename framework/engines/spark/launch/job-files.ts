/** Finds the files of the PySpark job on this machine. */
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JobFiles } from './spark-submit.ts'

const JOB = join('framework', 'engines', 'spark', 'job')

/**
 * Searches upwards from this module, which may have been bundled into another directory than the
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
  const names = readdirSync(job).filter((name) => name.endsWith('.py'))
  const modules = names.filter((name) => name !== 'main.py').toSorted()
  return { main: join(job, 'main.py'), modules: modules.map((name) => join(job, name)) }
}
