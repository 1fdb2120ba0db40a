/** Measures how long the catalogue of a project of many assets takes. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lake } from '../lake.mjs'
import { inTurns } from '../measure.mjs'
import { manyAssetsProject } from './many/many-assets.mjs'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * The median milliseconds of `lake catalog` over a project of `count` materialized assets, and
 * those of its page in Chromium.
 */
export function catalogOfMany(place, count, runs) {
  const config = manyAssetsProject(place, count)
  const page = join(place, `assets-${count}`, 'catalog')
  const write = () => lake(['--config', config, 'catalog', '--out', page])
  const { written } = inTurns({ written: write }, runs)
  const opened = Array.from({ length: runs }, () => open(page)).toSorted((one, other) => one - other)
  return { written, opened: opened[Math.floor(runs / 2)] }
}

function open(page) {
  const program = [join(ROOT, 'tests/bench/programs/open-catalog.ts'), page]
  return Number(execFileSync(join(ROOT, 'node_modules/.bin/jiti'), program, { encoding: 'utf8' }))
}
