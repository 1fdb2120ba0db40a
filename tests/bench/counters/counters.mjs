// Counts what runs over a small lake do, in figures that do not depend on the speed of the machine.
// Expected values: counters.json.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { markdownTable, whole } from '../report.mjs'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PROGRAM = join(ROOT, 'dist', 'main.js')
const HOOK = fileURLToPath(new URL('./counters-hook.cjs', import.meta.url))
const EXPECTED = fileURLToPath(new URL('./counters.json', import.meta.url))
const SIZES = ['--songs', 20, '--events', 300, '--days', 3, '--seed', 1].map(String)
/** The share by which a counter may exceed its expected value. */
const MORE = 0.05
/** Files that are written as time passes. So their number and size depend on the machine. */
const WRITTEN_IN_TIME = /[/\\]_lake[/\\](?:runs|leases|claims)[/\\]/

/**
 * Counts, prints the figures, and with `record` stores them as the expected ones. Returns whether
 * no figure has grown.
 */
export function quick({ record }) {
  const counted = countedRuns()
  if (record) writeFileSync(EXPECTED, `${JSON.stringify(counted, null, 2)}\n`)
  const expected = JSON.parse(readFileSync(EXPECTED, 'utf8'))
  const rows = Object.entries(counted).flatMap(([run, counts]) =>
    Object.entries(counts).map(([counter, count]) => {
      const known = expected[run]?.[counter] ?? 0
      const verdict = count > known * (1 + MORE) ? 'grown' : count < known * (1 - MORE) ? 'less' : ''
      return [run, counter, whole(known), whole(count), verdict]
    }),
  )
  process.stdout.write(`${markdownTable([['run', 'counter', 'expected', 'counted', ''], ...rows])}\n`)
  const verdicts = rows.map((row) => row.at(-1))
  const say = (line) => process.stderr.write(`${line}\n`)
  if (verdicts.includes('less')) say('Some counters fell: keep the gain by npm run bench -- --quick --record.')
  if (!verdicts.includes('grown')) return true
  say('Some counters grew by more than 5 %. If the growth is worth it: npm run bench -- --quick --record.')
  return false
}

/** Maps each run to its counters. Each change is made to a lake in which all assets are fresh. */
function countedRuns() {
  const place = mkdtempSync(join(tmpdir(), 'lake-counters-'))
  const [input, lake] = [join(place, 'input'), join(place, 'lake')]
  const counted = (command) => countRun(place, [command, '--lake', lake, '--input', input])
  try {
    countRun(place, ['simulate', '--out', input, ...SIZES])
    // The first run of a project stores the results of checking it.
    counted('status')
    const full = counted('materialize')
    const [nothing, status] = [counted('materialize'), counted('status')]
    const [song = ''] = files(join(input, 'song_data'))
    const [first = '', second = ''] = files(join(input, 'log_data'))
    writeFileSync(song, JSON.stringify({ ...JSON.parse(readFileSync(song, 'utf8')), title: 'Another title' }))
    const title = counted('materialize')
    const text = readFileSync(first, 'utf8').trimEnd()
    const late = { ...JSON.parse(text.split('\n', 1)[0]), page: 'NextSong', itemInSession: 1_000_000 }
    writeFileSync(first, `${text}\n${JSON.stringify(late)}\n`)
    const event = counted('materialize')
    rmSync(second)
    const lost = counted('materialize')
    return {
      ...{ 'full refresh': full, 'nothing to do': nothing, status },
      ...{ 'a song’s title': title, 'a late event': event, 'a day lost': lost },
    }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

function countRun(place, args) {
  const report = join(place, 'counters.json')
  const before = new Set(files(join(place, 'lake')))
  const env = { ...process.env, CI: '1', XDG_CACHE_HOME: join(place, 'cache'), BENCH_COUNTERS: report }
  const { status, stderr } = spawnSync(process.execPath, ['--require', HOOK, PROGRAM, ...args], {
    ...{ cwd: ROOT, env, encoding: 'utf8', maxBuffer: 2 ** 30 },
  })
  if (status !== 0) throw new Error(`lake ${args.join(' ')} ended with ${status}:\n${stderr}`)
  const written = files(join(place, 'lake')).filter((file) => !before.has(file) && !WRITTEN_IN_TIME.test(file))
  const bytesWritten = written.reduce((sum, file) => sum + statSync(file).size, 0)
  return { ...JSON.parse(readFileSync(report, 'utf8')), filesWritten: written.length, bytesWritten }
}

/** All files below a directory, by path. There are none if the directory is missing. */
function files(directory) {
  try {
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
    return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : [])).sort()
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return []
  }
}
