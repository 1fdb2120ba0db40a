/**
 * Comments wrap at 100 columns, and each file begins with a comment that says what it is for
 * (docs/style.md).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COLUMNS = 100
const COMMENT = /^\s*(?:\/\/|\/\*\*|\*)/
/** Biome reads a comment like this only if it is on one line. */
const IS_FOR_A_TOOL = /biome-ignore/

const files = ['framework', 'tests', 'assets', 'config'].flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|tsx|mjs)$/.test(file))
    .map((file) => join(room, file)),
)

it('comments wrap at 100 columns', () => {
  expect(files.length).toBeGreaterThan(500)
  const long = files.flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        line.length > COLUMNS && COMMENT.test(line) && !IS_FOR_A_TOOL.test(line) ? [`${file}:${index + 1}`] : [],
      ),
  )
  expect(long).toEqual([])
})

it('each file says at its beginning what it is for', () => {
  const without = files.filter((file) => !/^(?:#!.*\n)?\/[/*]/.test(readFileSync(join(ROOT, file), 'utf8')))
  expect(without).toEqual([])
})
