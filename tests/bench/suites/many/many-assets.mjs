/** Measures plans of projects with thousands of assets. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { lake } from '../../lake.mjs'
import { inTurns } from '../../measure.mjs'
import { makeAssets } from '../../programs/make-assets.mjs'

/**
 * Runs `lake plan` over generated projects in which all assets are fresh, one for each number in
 * `counts`. Maps each number to its figures.
 */
export function planManyAssets(place, counts, runs) {
  const projects = counts.map((count) => [String(count), manyAssetsProject(place, count)])
  return inTurns(Object.fromEntries(projects.map(([count, config]) => [count, () => plan(config)])), runs)
}

/**
 * The config of a project whose assets are all materialized. Materializing them takes minutes the
 * first time.
 */
export function manyAssetsProject(place, count) {
  const directory = join(place, `assets-${count}`)
  const config = join(directory, 'config', 'lake.config.ts')
  if (!existsSync(config)) makeAssets(directory, count)
  lake(['--config', config, 'materialize'])
  return config
}

function plan(config) {
  const sample = lake(['--config', config, 'plan', '--json'])
  if (sample.stdout.trim() !== '{"steps":[]}') throw new Error(`${config}: something is stale`)
  return sample
}
