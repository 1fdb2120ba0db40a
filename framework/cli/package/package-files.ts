/** Finds the directory of the package, and reads the examples in it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Example } from '../../init/examples.ts'
import type { ProjectFiles } from '../../init/new-source.ts'

/**
 * The directory of the package. Searches upwards from this module, which may have been bundled into
 * another directory.
 */
export function packageDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url))
  // Not package.json: the directory of the bundle has one of its own.
  while (!existsSync(join(directory, 'docs', 'examples'))) directory = dirname(directory)
  return directory
}

/** The files that a project from this example begins with. Hidden files belong to no example. */
export function exampleFiles({ directories }: Pick<Example, 'directories'>): ProjectFiles {
  const root = packageDirectory()
  return Object.fromEntries(
    Object.entries(directories).flatMap(([from, to]) =>
      readdirSync(join(root, from), { recursive: true, encoding: 'utf8' })
        .filter((path) => !path.startsWith('.') && statSync(join(root, from, path)).isFile())
        .map((path) => [join(to, path).split(sep).join('/'), readFileSync(join(root, from, path))] as const),
    ),
  )
}
