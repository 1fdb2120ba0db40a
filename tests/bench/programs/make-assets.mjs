// usage: node make-assets.mjs DIRECTORY COUNT Writes a project of COUNT assets. Each reads two
// assets of the layer before it.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ASSETS_A_FILE = 100
const SOURCE_LINES = 5

/**
 * Writes config/lake.config.ts, assets/ with a file for each layer of 100 assets, and input/ with
 * one source of a few lines.
 */
export function makeAssets(directory, count) {
  const layers = Math.ceil(count / ASSETS_A_FILE)
  rmSync(directory, { recursive: true, force: true })
  const write = (path, content) => {
    mkdirSync(join(directory, path, '..'), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
  write('package.json', '{ "type": "module" }\n')
  write('config/lake.config.ts', CONFIG)
  write('input/readings/readings.json', sourceLines())
  write('assets/readings.ts', SOURCE)
  for (let layer = 0; layer < layers; layer++) {
    const size = Math.min(ASSETS_A_FILE, count - layer * ASSETS_A_FILE)
    write(`assets/${layerName(layer)}.ts`, layerFile(layer, size))
  }
  const names = ['readings', ...Array.from({ length: layers }, (_, layer) => layerName(layer))]
  write('assets/index.ts', names.map((name) => `export * from './${name}.ts'\n`).join(''))
}

const CONFIG = `import { defineConfig } from 'lake'
import * as assets from '../assets/index.ts'

export default defineConfig({ assets, profiles: { default: { lake: '.lake', input: 'input' } } })
`

const SOURCE = `import { bigint, defineSource, double, int, text } from 'lake'

export const readings = defineSource({
  key: 'readings',
  columns: { id: bigint(), name: text(), day: int(), amount: double().nullable() },
})
`

function sourceLines() {
  const rows = Array.from({ length: SOURCE_LINES }, (_, id) => ({ id, name: `meter ${id}`, day: id, amount: id / 4 }))
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

const layerName = (layer) => `layer_${String(layer).padStart(4, '0')}`
const assetName = (layer, place) => `a${String(layer).padStart(4, '0')}_${String(place).padStart(2, '0')}`

function layerFile(layer, size) {
  const before = layer === 0 ? 'readings' : layerName(layer - 1)
  const assets = Array.from({ length: size }, (_, place) => asset(layer, place))
  const used = [...new Set(assets.flatMap(({ upstream }) => upstream))].toSorted()
  return [
    `import { bigint, defineAsset, double, int, text } from 'lake'\n`,
    `import { ${used.join(', ')} } from './${before}.ts'\n`,
    ...assets.map(({ text }) => text),
  ].join('')
}

/** The queries of one layer all differ a little, as they do when people write them. */
function asset(layer, place) {
  const left = layer === 0 ? 'readings' : assetName(layer - 1, place)
  const right = layer === 0 ? 'readings' : assetName(layer - 1, (place * 7 + 3) % ASSETS_A_FILE)
  const name = assetName(layer, place)
  const text = `
export const ${name} = defineAsset({
  key: '${name}',
  description: 'Readings of layer ${layer}, place ${place}.',
  columns: { id: bigint(), name: text(), day: int().min(0), amount: double().nullable() },
  primaryKey: ['id'],
  upstream: { own: ${left}, other: ${right} },
  query: ({ db }) =>
    db
      .selectFrom('own')
      .innerJoin('other', 'other.id', 'own.id')
      .where('own.day', '<>', ${1000 + place})
      .select(['own.id', 'own.name', 'other.day', 'own.amount']),
})
`
  return { upstream: [left, right], text }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) makeAssets(process.argv[2], Number(process.argv[3]))
