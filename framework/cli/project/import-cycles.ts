/**
 * Finds files of a project that import each other, so that one of them sees another before it is
 * completely loaded.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Returns one import cycle; its first file is also its last. undefined if there is none. Type
 * imports do not count.
 */
export function importCycle(files: readonly string[]): readonly string[] | undefined {
  const known = new Set(files)
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const imported of importsOf(file, known)) {
      const cycle = visit(imported, [...path, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of files) {
    const cycle = visit(file, [])
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
