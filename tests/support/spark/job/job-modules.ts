/** The source of the Spark job: its program, and the modules of the package that it imports. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The directory of the program and its package. */
export const JOB = fileURLToPath(new URL('../../../../framework/engines/spark/job', import.meta.url))

export const jobProgram = (): string => readFileSync(join(JOB, 'main.py'), 'utf8')

/** Maps each path, as in an import, such as `lake_job/lines/parse_line.py`, to its text. */
export function jobModules(): ReadonlyMap<string, string> {
  const paths = readdirSync(join(JOB, 'lake_job'), { recursive: true, encoding: 'utf8' })
  return new Map(
    paths
      .filter((path) => path.endsWith('.py'))
      .map((path) => [['lake_job', ...path.split(sep)].join('/'), readFileSync(join(JOB, 'lake_job', path), 'utf8')]),
  )
}
