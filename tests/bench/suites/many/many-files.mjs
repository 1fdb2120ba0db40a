/** Measures lakes with very many source files, and tables with very many data files. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lake } from '../../lake.mjs'
import { summary } from '../../measure.mjs'

const FILE_BYTES = 250
const FILES_A_DIRECTORY = 1_000
const ROWS_A_FILE = 1_000

/**
 * A source of `count` files of 250 bytes. Measures the first ingest, runs with nothing to do, and
 * runs after one file was written again. Throws if a run read other files.
 */
export function manySourceFiles(place, count, runs) {
  const { directory, args } = project(place, `source-files-${count}`, SOURCE)
  makeOnce(join(directory, 'input', 'readings'), (target) => writeSmallFiles(target, count))
  rmSync(join(directory, 'lake'), { recursive: true, force: true })
  const first = materialized(args, /: 1 materialized; ([\d,]+) rows written/, count)
  const idle = repeated(runs, () => materialized(args, /^Nothing to do/m))
  const changed = repeated(runs, (run) => {
    writeFileSync(join(directory, 'input', 'readings', smallFile(0)), smallLine(run, 'changed'))
    return materialized(args, /1 file changed/)
  })
  return { 'first ingest': first, 'nothing to do': idle, 'one changed file': changed }
}

/**
 * A table of `count` partitions, each of one row in one file. Measures the run that writes all of
 * them, commands with nothing to do, the plan and the run after one row was changed, and a vacuum.
 */
export function manyDataFiles(place, count, runs) {
  const { directory, args } = project(place, `data-files-${count}`, PARTITIONED)
  const input = join(directory, 'input', 'readings')
  for (const part of ['input', 'lake']) rmSync(join(directory, part), { recursive: true, force: true })
  mkdirSync(input, { recursive: true })
  for (let file = 0; file * ROWS_A_FILE < count; file++) {
    writeFileSync(join(input, partitionFile(file)), partitionLines(file, file * ROWS_A_FILE))
  }
  const first = materialized(args, /: 2 materialized/)
  const command = (name) => repeated(runs, () => lake([...args, name]))
  const changeRow = (run) => writeFileSync(join(input, partitionFile(0)), partitionLines(0, -1 - run))
  return {
    'first build': first,
    'nothing to do': command('materialize'),
    status: command('status'),
    'one row changed': repeated(runs, (run) => {
      changeRow(run)
      return materialized(args, /: 2 materialized/)
    }),
    'plan of one changed row': repeated(runs, (run) => {
      changeRow(runs + run)
      return lake([...args, 'plan'])
    }),
    vacuum: command('vacuum'),
  }
}

const repeated = (runs, run) => summary(Array.from({ length: runs }, (_, index) => run(index + 1)))

function materialized(args, expected, rows) {
  const sample = lake([...args, 'materialize'])
  const [, written] = expected.exec(sample.stdout) ?? [undefined, undefined]
  const isAsExpected = rows === undefined ? expected.test(sample.stdout) : written === rows.toLocaleString('en-US')
  if (!isAsExpected) throw new Error(`lake materialize printed something else than ${expected}:\n${sample.stdout}`)
  return sample
}

function project(place, name, config) {
  const directory = join(place, name)
  mkdirSync(join(directory, 'config'), { recursive: true })
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(directory, 'config', 'lake.config.ts'), config)
  const at = (part) => join(directory, part)
  return { directory, args: ['--config', at('config/lake.config.ts'), '--input', at('input'), '--lake', at('lake')] }
}

const SOURCE = `import { bigint, defineConfig, defineSource, text } from 'lake'

const readings = defineSource({ key: 'readings', columns: { id: bigint(), note: text() } })

export default defineConfig({ assets: { readings }, profiles: { default: { lake: 'lake', input: 'input' } } })
`

const PARTITIONED = `import { bigint, byPartition, defineAsset, defineConfig, defineSource, int } from 'lake'

const columns = { id: bigint(), part: int() }
const readings = defineSource({ key: 'readings', columns })
const parts = defineAsset({
  key: 'parts',
  columns,
  partitionBy: ['part'],
  incremental: byPartition(),
  upstream: { readings },
  query: ({ db }) => db.selectFrom('readings').select(['id', 'part']),
})

export default defineConfig({ assets: { readings, parts }, profiles: { default: { lake: 'lake', input: 'input' } } })
`

/**
 * Writes next to the target and then moves the files, so that an interrupted run leaves no
 * incomplete files.
 */
function makeOnce(target, write) {
  if (existsSync(target)) return
  const unfinished = `${target}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  write(unfinished)
  renameSync(unfinished, target)
}

function writeSmallFiles(directory, count) {
  for (let id = 0; id < count; id++) {
    if (id % FILES_A_DIRECTORY === 0) mkdirSync(join(directory, smallDirectory(id)))
    writeFileSync(join(directory, smallFile(id)), smallLine(id, 'x'))
  }
}

const smallDirectory = (id) => `part-${String(Math.floor(id / FILES_A_DIRECTORY)).padStart(5, '0')}`
const smallFile = (id) => join(smallDirectory(id), `${String(id % FILES_A_DIRECTORY).padStart(4, '0')}.json`)

function smallLine(id, note) {
  const [head, tail] = [`{"id":${id},"note":"${note}`, '"}\n']
  return head + '-'.repeat(FILE_BYTES - head.length - tail.length) + tail
}

const partitionFile = (file) => `${String(file).padStart(5, '0')}.json`

/** Lines that each belong to a partition of their own. `firstId` is the id of the first row. */
function partitionLines(file, firstId) {
  const lines = Array.from({ length: ROWS_A_FILE }, (_, row) => {
    const part = file * ROWS_A_FILE + row
    return `{"id":${row === 0 ? firstId : part},"part":${part}}\n`
  })
  return lines.join('')
}
