/**
 * The layers of the Spark job's package: packages import in one direction, and modules never in a
 * circle.
 */
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { JOB, jobModules, jobProgram } from '../../../support/spark/job/job-modules.ts'

/**
 * Maps each package to the packages that it may import, in addition to itself. Imports go up this
 * table.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  spark: [],
  values: ['protocol'],
  lines: ['protocol', 'values'],
  tables: ['protocol', 'spark'],
  write: ['protocol', 'spark', 'tables'],
  sources: ['protocol', 'spark', 'values', 'lines', 'tables'],
  steps: ['protocol', 'spark', 'tables', 'write', 'sources'],
  driver: ['protocol', 'spark', 'tables', 'steps'],
}

const files = jobModules()

/**
 * Turns `lake_job/lines/parse_line.py` into `lines`, and `lake_job/__init__.py` into an empty text.
 */
const packageOf = (path: string): string => dirname(path).split('/').slice(1).join('/')

/** The paths of the job's own modules that a file imports. */
function importsOf(text: string): readonly string[] {
  const names = [...text.matchAll(/^\s*(?:from|import) (lake_job[\w.]*)/gm)].map(([, name = '']) => name)
  return names.map((name) => `${name.replaceAll('.', '/')}.py`)
}

/**
 * The import statements within functions. Imports that are only for types are below `if
 * TYPE_CHECKING:`.
 */
function lateImports(text: string): readonly string[] {
  const eager = text.replaceAll(/^if TYPE_CHECKING:\n(?:(?: .*)?\n)+/gm, '')
  return [...eager.matchAll(/^ +(?:from|import) .*/gm)].map(([line]) => line.trim())
}

describe("the packages of Spark's job", () => {
  it('are all in the table', () => {
    const packages = new Set([...files.keys()].map(packageOf))
    expect([...packages].sort()).toEqual(['', ...Object.keys(MAY_IMPORT)].sort())
  })

  it('import only from the packages before them', () => {
    const strays = [...files].flatMap(([path, text]) =>
      importsOf(text)
        .filter((to) => packageOf(to) !== packageOf(path) && !MAY_IMPORT[packageOf(path)]?.includes(packageOf(to)))
        .map((to) => `${path} imports ${to}`),
    )
    expect(strays).toEqual([])
  })

  it('import only modules that exist', () => {
    const missing = [jobProgram(), ...files.values()].flatMap(importsOf).filter((to) => !files.has(to))
    expect(missing).toEqual([])
  })

  it('have no modules that import each other', () => {
    const seen = new Set<string>()
    const visit = (path: string, way: readonly string[]): readonly string[] => {
      if (way.includes(path)) return [[...way, path].join(' -> ')]
      if (seen.has(path)) return []
      seen.add(path)
      return importsOf(files.get(path) ?? '').flatMap((to) => visit(to, [...way, path]))
    }
    expect([...files.keys()].flatMap((path) => visit(path, []))).toEqual([])
  })

  it('import at the top of a module', () => {
    expect([...files].flatMap(([path, text]) => lateImports(text).map((line) => `${path}: ${line}`))).toEqual([])
  })

  it('have no more than a dozen files; the program is beside them', () => {
    const counts = new Map<string, number>()
    for (const path of files.keys()) counts.set(packageOf(path), (counts.get(packageOf(path)) ?? 0) + 1)
    expect([...counts].filter(([, count]) => count > 12)).toEqual([])
    expect(readdirSync(JOB).filter((name) => name.endsWith('.py'))).toEqual(['main.py'])
  })
})
