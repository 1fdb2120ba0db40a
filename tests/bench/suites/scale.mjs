/** Measures sources of very many small files, and tables of very many data files. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lake } from '../lake.mjs'
import { markdownTable, mebibytes, seconds, whole } from '../report.mjs'

const FILES_A_DIRECTORY = 1_000
const PADDING = 'x'.repeat(200)

/** The figures at a tenth of each size, and at the whole of it, as tables. */
export function scaleTables(place, sourceFiles, dataFiles) {
  const sides = [
    ['source files of 230 bytes', manySourceFiles, sourceFiles],
    ['partitions, a data file each', manyDataFiles, dataFiles],
  ]
  return sides
    .map(([what, measure, size]) => {
      const [tenth, all] = [size / 10, size].map((count) => measure(place, count))
      const rows = Object.entries(all).map(([name, sample]) => [name, ...figures(tenth[name]), ...figures(sample)])
      const heads = [size / 10, size].flatMap((count) => [`${whole(count)}: wall`, 'CPU', 'peak memory'])
      return markdownTable([[what, ...heads], ...rows])
    })
    .join('\n\n')
}

const figures = ({ wallSeconds, cpuSeconds, peakMiB }) => [
  seconds(wallSeconds),
  seconds(cpuSeconds),
  mebibytes(peakMiB),
]

/** Name -> the figures of one command, in the order in which they run. */
function manySourceFiles(place, count) {
  const project = madeProject(place, `source-files-${count}`, SOURCE_CONFIG, (input) => {
    for (let file = 0; file < count; file++) {
      const directory = join(input, String(Math.floor(file / FILES_A_DIRECTORY)))
      if (file % FILES_A_DIRECTORY === 0) mkdirSync(directory, { recursive: true })
      writeFileSync(join(directory, `${file}.json`), line(file, PADDING))
    }
  })
  const run = commands(project)
  rmSync(join(project, 'lake'), { recursive: true, force: true })
  const first = run('materialize')
  const nothing = run('materialize')
  const status = run('status')
  const middle = Math.floor(count / 2)
  const changed = join(project, 'input', 'events', String(Math.floor(middle / FILES_A_DIRECTORY)), `${middle}.json`)
  writeFileSync(changed, line(middle, String(Date.now())))
  const one = run('materialize')
  writeFileSync(changed, line(middle, PADDING))
  return { 'first ingest': first, 'nothing to do': nothing, status, 'one changed file': one }
}

/** The same for a table whose every partition is a data file. */
function manyDataFiles(place, count) {
  const project = madeProject(place, `data-files-${count}`, TABLE_CONFIG, (input) => {
    mkdirSync(input, { recursive: true })
    const lines = Array.from({ length: count }, (_, part) => line(part, 'a'))
    writeFileSync(join(input, '0.json'), lines.join(''))
  })
  const input = join(project, 'input', 'events')
  const run = commands(project)
  rmSync(join(project, 'lake'), { recursive: true, force: true })
  for (let added = 1; added <= COMMITS; added++) rmSync(join(input, `${added}.json`), { force: true })
  const first = run('materialize')
  const [status, plan] = [run('status'), run('plan')]
  let increment
  let checkpoint
  for (let added = 1; added <= COMMITS; added++) {
    writeFileSync(join(input, `${added}.json`), line(added, 'b'))
    const sample = run('materialize')
    if (added === 1) increment = sample
    checkpoint = sample
  }
  const vacuum = run('vacuum')
  return {
    'first build': first,
    ...{ status, plan },
    'an increment of one partition': increment,
    'an increment with a checkpoint': checkpoint,
    vacuum,
  }
}

/** Each tenth commit of a table writes a checkpoint; the first one is the build. */
const COMMITS = 10

const line = (id, text) => `${JSON.stringify({ id, text })}\n`

const commands =
  (project) =>
  (...command) =>
    lake(['--config', join(project, 'config', 'lake.config.ts'), ...command])

/** The directory of a project with its input, made if it is missing. */
function madeProject(place, name, config, writeInput) {
  const directory = join(place, name)
  if (existsSync(directory)) return directory
  const unfinished = `${directory}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(join(unfinished, 'config'), { recursive: true })
  writeFileSync(join(unfinished, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(unfinished, 'config', 'lake.config.ts'), config)
  writeInput(join(unfinished, 'input', 'events'))
  renameSync(unfinished, directory)
  return directory
}

const SOURCE = `import { bigint, byKey, defineAsset, defineConfig, defineSource, text } from 'lake'

const events = defineSource({ key: 'events', columns: { id: bigint(), text: text() } })
`

const configOf = (assets) =>
  `export default defineConfig({ assets: ${assets}, profiles: { default: { lake: 'lake', input: 'input' } } })\n`

const SOURCE_CONFIG = `${SOURCE}${configOf('{ events }')}`

const TABLE_CONFIG = `${SOURCE}
const parts = defineAsset({
  key: 'parts',
  columns: { id: bigint(), rows: bigint() },
  primaryKey: ['id'],
  partitionBy: ['id'],
  incremental: byKey('id'),
  upstream: { events },
  query: ({ db }) => db.selectFrom('events').groupBy('id').select(({ fn }) => ['id', fn.countRows().as('rows')]),
})
${configOf('{ events, parts }')}`
