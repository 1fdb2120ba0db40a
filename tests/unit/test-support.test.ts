/**
 * The folders of tests are small, and no helper of tests has the name of an export of the
 * framework.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

const filesOf = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map(({ parentPath, name }) => join(parentPath, name))

/** The names that the TypeScript files of the folder export. */
function exportsOf(folder: string): readonly string[] {
  const exported = /^export (?:async )?(?:type|interface|const|function\*?|class) (\w+)/gm
  const files = filesOf(folder).filter((file) => /\.(?:tsx?|mjs)$/.test(file))
  return files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(exported)].map(([, name = '']) => name))
}

it('folders of tests have no more than a dozen files, not counting subfolders', () => {
  const counts = new Map<string, number>()
  for (const file of filesOf('tests').filter((path) => !path.includes('/fixtures/'))) {
    counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  }
  expect([...counts].filter(([, count]) => count > 12)).toEqual([])
})

it('what tests share has no name that the framework exports with another meaning', () => {
  const names = new Set(exportsOf('framework'))
  expect(
    ['support', 'unit', 'bench'].flatMap((folder) => exportsOf(`tests/${folder}`)).filter((one) => names.has(one)),
  ).toEqual([])
})
