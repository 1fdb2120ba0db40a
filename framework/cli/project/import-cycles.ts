/** Finds files of a project that import each other: what one takes of another is undefined while that is still being loaded. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** One circle of imports, first file last too; undefined where there is none. Imports of types alone make none. */
export function importCycle(files: readonly string[]): readonly string[] | undefined {
  const known = new Set(files)
  const done = new Set<string>()
  const follow = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const imported of importsOf(file, known)) {
      const cycle = follow(imported, [...path, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of files) {
    const cycle = follow(file, [])
    if (cycle) return cycle
  }
  return undefined
}

const IMPORT = /^\s*(?:import|export)\s+(?!type\b)(?:[^'"()]*?\bfrom\s*)?['"](\.[^'"]+)['"]/gm
const ENDINGS = ['', '.ts', '.tsx', '.mts', '.js', '.mjs', '/index.ts', '/index.js']

function importsOf(file: string, known: ReadonlySet<string>): readonly string[] {
  if (!existsSync(file)) return []
  const specifiers = [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, specifier = '']) => specifier)
  return specifiers.flatMap((specifier) => {
    const path = resolve(dirname(file), specifier)
    return ENDINGS.map((ending) => path + ending).find((candidate) => known.has(candidate)) ?? []
  })
}
