/** Measures small changes, and compares them with a full refresh. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lake, simulated } from '../lake.mjs'
import { runNode, summary } from '../measure.mjs'
import { sameRows } from '../same-rows.mjs'

const YARDSTICK = fileURLToPath(new URL('../by-hand/yardstick.mjs', import.meta.url))
/** songplays with deletion vectors. */
const MARKING = ['--config', 'tests/bench/config/marking.config.ts']
const TABLES = ['songs', 'artists', 'users', 'time', 'songplays']

/**
 * What one change of the input costs. Each change is made to a lake in which all assets are fresh,
 * `runs` times after one run to warm up. Returns the figures of the changes by name, with the rows
 * that changed and were written. Unless `compares` is false, also compares the tables with those of
 * hand-written SQL. With ten million events, that would take longer than all increments.
 */
export async function increments(place, size, { runs, compares = true }) {
  const input = simulated(place, size)
  const directory = join(place, `increments-${size.events}`)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const standing = join(directory, 'standing')
  lake(['--input', input, '--lake', standing, 'materialize'])
  const lines = logFiles(input)
  const days = {
    late: lines[Math.floor(lines.length / 10)],
    lost: lines[Math.floor(lines.length / 2)],
    last: lines.at(-1),
  }
  const songs = await songsByPlays(standing)
  const steps = {
    'a new day': { before: (at) => rmSync(join(at, days.last)), change: (at) => link(input, at, days.last) },
    'a late event': { change: (at) => rewrite(join(at, days.late), (text) => `${text.trimEnd()}\n${lateEvent(text)}`) },
    'a song’s title (median plays)': { change: (at) => rename(at, input, songs.median) },
    'a song’s title (most plays)': { change: (at) => rename(at, input, songs.most) },
    'a song’s title (most plays), deletion vectors': { change: (at) => rename(at, input, songs.most), flags: MARKING },
    'a day lost': { change: (at) => rmSync(join(at, days.lost)) },
  }
  const taken = {}
  for (const [name, step] of Object.entries(steps))
    taken[name] = await measure(directory, { ...step, input, standing, runs, compares })
  return taken
}

async function measure(directory, { before, change, flags = [], input, standing, runs, compares }) {
  const [at, tables] = [join(directory, 'input'), join(directory, 'lake')]
  const run = () => lake([...flags, '--input', at, '--lake', tables, 'materialize', '--json'])
  const samples = []
  for (let count = 0; count <= runs; count++) {
    copy(input, at)
    copy(standing, tables)
    if (before) {
      before(at)
      run()
    }
    change(at)
    const sample = run()
    if (count > 0) samples.push(sample)
  }
  const figures = summary(samples)
  const right = compares ? await isRight(directory, at, tables) : undefined
  return { ...figures, ...rowsOf(figures.typical.stdout), right }
}

/** The rows that changed in the tables and the sources, and the rows that were written. */
function rowsOf(stdout) {
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const finished = events.filter(({ type }) => type === 'step-finished')
  const sum = (amount) => finished.reduce((total, event) => total + amount(event), 0)
  return {
    changed: sum(({ affected }) => (affected ? Math.max(affected.rowsAdded, affected.rowsRemoved) : 0)),
    written: sum(({ rowsWritten, affected }) => (affected ? rowsWritten : 0)),
    ingested: sum(({ rowsWritten, affected }) => (affected ? 0 : rowsWritten)),
  }
}

/**
 * Compares all five tables with those of the hand-written script over the same files. False if any
 * row differs.
 */
async function isRight(directory, input, tables) {
  const script = join(directory, 'yardstick')
  rmSync(script, { recursive: true, force: true })
  runNode([YARDSTICK, input, script])
  for (const table of TABLES) {
    const ours = join(directory, `${table}.parquet`)
    lake(['--input', input, '--lake', tables, 'query', `SELECT * FROM ${table}`, '--format', 'parquet', '--out', ours])
    const theirs = `read_parquet('${join(script, table)}/**/*.parquet', hive_partitioning = true)`
    await sameRows(table, `read_parquet('${ours}')`, theirs)
  }
  return true
}

/**
 * Links the files instead of copying them. A lake never changes a file in place, so no copy changes
 * another.
 */
function copy(from, to) {
  rmSync(to, { recursive: true, force: true })
  execFileSync('cp', ['-al', from, to])
}

/**
 * Changes a file by putting another file in its place, because it is linked to a file of the input.
 */
function rewrite(file, change) {
  const text = change(readFileSync(file, 'utf8'))
  rmSync(file)
  writeFileSync(file, text)
}

const link = (input, at, file) => execFileSync('cp', ['-al', join(input, file), join(at, file)])

/** An event at the time of the first event, with a session and an item that no other event has. */
const lateEvent = (text) =>
  JSON.stringify({ ...JSON.parse(text.slice(0, text.indexOf('\n'))), page: 'NextSong', itemInSession: 1_000_000 })

function logFiles(input) {
  const names = readdirSync(join(input, 'log_data'), { recursive: true })
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => join('log_data', name))
    .sort()
}

/** The song with the most plays, and the song with the median number of plays. */
async function songsByPlays(tables) {
  const sql = 'select song_id from songplays where song_id is not null group by all order by count(*) desc, song_id'
  const rows = JSON.parse(lake(['--lake', tables, 'query', sql, '--json']).stdout)
  return { most: rows[0].song_id, median: rows[Math.floor(rows.length / 2)].song_id }
}

function rename(at, input, song) {
  const file = songFile(input, song)
  rewrite(join(at, file), (text) =>
    JSON.stringify({ ...JSON.parse(text), title: `${JSON.parse(text).title} (another)` }),
  )
}

const files = new Map()

function songFile(input, song) {
  if (!files.has(input)) {
    const names = readdirSync(join(input, 'song_data'), { recursive: true }).filter((name) => name.endsWith('.json'))
    files.set(
      input,
      new Map(
        names.map((name) => [
          JSON.parse(readFileSync(join(input, 'song_data', name), 'utf8')).song_id,
          join('song_data', name),
        ]),
      ),
    )
  }
  return files.get(input).get(song)
}
