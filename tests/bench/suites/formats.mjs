// usage: node formats.mjs PLACE ROWS [--runs 3] [--no-script] [FORM]...
// Prints the figures of these forms, or of all, with PLACE as the directory of the data.

import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createGzip } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { CSV_OPTIONS } from '../by-hand/formats.mjs'
import { lake } from '../lake.mjs'
import { inTurns, runNode } from '../measure.mjs'
import { markdownTable, mebibytes, seconds, times } from '../report.mjs'
import { sameRows } from '../same-rows.mjs'

const SCRIPT = fileURLToPath(new URL('../by-hand/yardstick-formats.mjs', import.meta.url))
const ROWS_A_CHUNK = 5_000
const NAMES = ['id', 'quantity', 'ratio', 'price', 'day', 'sold', 'name', 'active']

const CSV = { kind: 'csv', format: 'csv()', pattern: '*.csv', head: `${NAMES.join(',')}\n`, line: csvLine }
const JSON_LINES = { kind: 'json', format: 'jsonLines()', pattern: '*.json', head: '', line: jsonLine }
const PARQUET = { ...CSV, kind: 'parquet', format: 'parquet()', pattern: '*.parquet' }

/** Maps each name to how its files are declared and written. */
export const FORMS = {
  csv: { ...CSV, files: 1 },
  'csv, 100 files': { ...CSV, files: 100 },
  'gzip json': { ...JSON_LINES, files: 1, isPacked: true },
  'gzip json, 100 files': { ...JSON_LINES, files: 100, isPacked: true },
  parquet: { ...PARQUET, files: 1 },
  'parquet, 100 files': { ...PARQUET, files: 100 },
}

/**
 * Ingests files of one form from nothing, once by lake and once by the hand-written script. Throws
 * if the rows of the two differ. Without a script, only lake runs.
 */
export async function ingestForm(place, name, { rows, runs, script = true }) {
  const form = FORMS[name]
  const project = await madeProject(place, name, rows)
  const [tables, out] = [join(project, 'lake'), join(project, 'script.parquet')]
  const ours = () => {
    rmSync(tables, { recursive: true, force: true })
    return lake(['--config', join(project, 'config', 'lake.config.ts'), 'materialize'])
  }
  const theirs = () => runNode([SCRIPT, form.kind, join(project, 'input', 'sales'), out])
  const sides = inTurns({ lake: ours, ...(script && { script: theirs }) }, runs)
  if (script) await sameRows(name, rowsOf(`${tables}/sales/*.parquet`), rowsOf(out))
  return sides
}

const rowsOf = (files) => `(SELECT ${NAMES.join(', ')} FROM read_parquet('${files}'))`

/** The directory of a project with one source and its files. It is made if it is missing. */
export async function madeProject(place, name, rows) {
  const form = FORMS[name]
  const directory = join(place, `format-${name.replaceAll(/\W+/g, '-')}-${rows}`)
  if (existsSync(directory)) return directory
  const unfinished = `${directory}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  for (const part of ['config', 'input/sales']) mkdirSync(join(unfinished, part), { recursive: true })
  writeFileSync(join(unfinished, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(unfinished, 'config', 'lake.config.ts'), configOf(form))
  const size = Math.ceil(rows / form.files)
  for (let file = 0; file * size < rows; file++) {
    const path = join(unfinished, 'input', 'sales', `${String(file).padStart(4, '0')}${form.pattern.slice(1)}`)
    await writeRows(path, form, { from: file * size, to: Math.min(rows, (file + 1) * size) })
    if (form.kind === 'parquet') await turnIntoParquet(path)
  }
  renameSync(unfinished, directory)
  return directory
}

const configOf = ({ format, pattern }) => `import * as lake from 'lake'

const { bigint, boolean, csv, date, decimal, defineConfig, defineSource, double, int, jsonLines, parquet, text, timestamp } =
  lake

const sales = defineSource({
  key: 'sales',
  format: ${format},
  pattern: '${pattern}',
  columns: {
    id: bigint(),
    quantity: int(),
    ratio: double().nullable(),
    price: decimal(12, 2),
    day: date(),
    sold: timestamp(),
    name: text(),
    active: boolean(),
  },
})

export default defineConfig({ assets: { sales }, profiles: { default: { lake: 'lake', input: 'input' } } })
`

async function writeRows(path, { head, line, isPacked = false }, { from, to }) {
  const file = createWriteStream(isPacked ? `${path}.gz` : path)
  const target = isPacked ? createGzip() : file
  if (isPacked) target.pipe(file)
  target.write(head)
  for (let at = from; at < to; at += ROWS_A_CHUNK) {
    const lines = Array.from({ length: Math.min(ROWS_A_CHUNK, to - at) }, (_, index) => line(rowAt(at + index)))
    if (!target.write(lines.join(''))) await once(target, 'drain')
  }
  target.end()
  await once(file, 'close')
}

/** Converts a file of CSV to Parquet, with the same rows. */
async function turnIntoParquet(path) {
  const text = `${path}.csv`
  renameSync(path, text)
  const connection = await (await DuckDBInstance.create()).connect()
  await connection.run("SET TimeZone = 'UTC'")
  await connection.run(`COPY (SELECT * FROM read_csv('${text}', ${CSV_OPTIONS})) TO '${path}' (FORMAT parquet)`)
  connection.closeSync()
  rmSync(text)
}

const EPOCH = Date.UTC(2024, 0, 1)
const DAY = 86_400_000
const WORDS = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'heath']

/**
 * A row of values that look random and are the same in every run. Every eighth name has a comma,
 * and every 20th ratio is missing.
 */
function rowAt(id) {
  const mixed = Math.imul(id ^ 0x5bd1e995, 0x9e3779b1) >>> 0
  const time = new Date(EPOCH + (mixed % 366) * DAY + (mixed % 86_399_000)).toISOString()
  const words = [mixed >>> 3, mixed >>> 9, mixed >>> 17].map((bits) => WORDS[bits % WORDS.length])
  return {
    id,
    quantity: mixed % 1000,
    ratio: id % 20 === 0 ? null : (mixed % 100_003) / 8192,
    price: `${mixed % 100_000}.${String(mixed % 97).padStart(2, '0')}`,
    day: time.slice(0, 10),
    sold: time,
    name: id % 8 === 0 ? `${words[0]}, ${words[1]}` : words.join(' '),
    active: mixed % 3 === 0,
  }
}

function csvLine(row) {
  const name = row.name.includes(',') ? `"${row.name}"` : row.name
  return `${row.id},${row.quantity},${row.ratio ?? ''},${row.price},${row.day},${row.sold},${name},${row.active}\n`
}

/** The price is a number, because most programs write prices so. */
function jsonLine(row) {
  return `${JSON.stringify({ ...row, price: Number(row.price) })}\n`
}

export function formatRows(sides) {
  return Object.entries(sides).flatMap(([name, { lake: ours, script }]) => [
    ...(script ? [[`${name}: by hand`, seconds(script.cpuSeconds), mebibytes(script.peakMiB), times(1)]] : []),
    [
      `${name}: lake`,
      seconds(ours.cpuSeconds),
      mebibytes(ours.peakMiB),
      script ? times(ours.cpuSeconds / script.cpuSeconds) : '',
    ],
  ])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = { runs: { type: 'string', default: '3' }, 'no-script': { type: 'boolean', default: false } }
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [place, rows, ...names] = positionals
  const sides = {}
  for (const name of names.length > 0 ? names : Object.keys(FORMS)) {
    const runs = Number(values.runs)
    sides[name] = await ingestForm(place, name, { rows: Number(rows), runs, script: !values['no-script'] })
    process.stdout.write(
      `${markdownTable([['', 'CPU', 'peak memory', 'of by hand'], ...formatRows({ [name]: sides[name] })])}\n`,
    )
  }
}
