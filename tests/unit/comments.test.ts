/** Comments of the framework and of its tests wrap at 100 columns (docs/style.md). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COLUMNS = 100
const COMMENT = /^\s*(?:\/\/|\/\*\*|\*)/
/** Biome reads these only on one line. */
const IS_FOR_A_TOOL = /biome-ignore/

it('wrap at 100 columns', () => {
  const files = ['framework', 'tests', 'assets', 'config'].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:ts|tsx|mjs)$/.test(file))
      .map((file) => join(room, file)),
  )
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
