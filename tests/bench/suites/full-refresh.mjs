/** Measures a full refresh and the hand-written script, also on one core and for small files. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lake, simulated } from '../lake.mjs'
import { inTurns, runNode } from '../measure.mjs'
import { sameRows } from '../same-rows.mjs'

const YARDSTICK = fileURLToPath(new URL('../by-hand/yardstick.mjs', import.meta.url))
const TABLES = ['songs', 'artists', 'users', 'time', 'songplays']

/**
 * Builds all five tables from nothing, by lake and by the hand-written script, over the same files.
 * Compares the rows of both, because a fast run with wrong rows proves nothing. Returns the figures
 * of both sides, lake's steps, and the rows of each table.
 */
export async function fullRefresh(place, { songs, events, days, runs }) {
  const input = simulated(place, { songs, events, days })
  const directory = join(place, 'full-refresh')
  const [tables, script] = [join(directory, 'lake'), join(directory, 'yardstick')]
  const sides = inTurns(refreshes(place, input, {}), runs)
  const rows = {}
  for (const table of TABLES) {
    const ours = join(directory, `${table}.parquet`)
    lake(['--input', input, '--lake', tables, 'query', `SELECT * FROM ${table}`, '--format', 'parquet', '--out', ours])
    const theirs = `read_parquet('${join(script, table)}/**/*.parquet', hive_partitioning = true)`
    rows[table] = await sameRows(table, `read_parquet('${ours}')`, theirs)
  }
  return { ...sides, rows, steps: stepsOf(sides.lake.typical), input, tables }
}

/**
 * Builds all five tables on one core, by lake and by the script. Undefined if a process cannot be
 * kept on one core.
 */
export function onOneCore(place, { songs, events, days, runs }) {
  if (!hasTaskset()) return undefined
  const input = simulated(place, { songs, events, days })
  return inTurns(refreshes(place, input, { oneCore: true }), runs)
}

const hasTaskset = () => spawnSync('taskset', ['-c', '0', 'true']).status === 0

/** Builds only the two tables of the song files, by lake and by the script. */
export function songFiles(place, { songs, events, days, runs }) {
  const input = simulated(place, { songs, events, days })
  return inTurns(refreshes(place, input, { tables: ['songs', 'artists'] }), runs)
}

/** Maps the name of each side to a function that makes the tables from nothing. */
function refreshes(place, input, { oneCore = false, tables = [] }) {
  const directory = join(place, 'full-refresh')
  const [ours, script] = [join(directory, 'lake'), join(directory, 'yardstick')]
  mkdirSync(directory, { recursive: true })
  return {
    lake: () => {
      rmSync(ours, { recursive: true, force: true })
      return lake(['--input', input, '--lake', ours, 'materialize', ...tables, '--json'], { oneCore })
    },
    script: () => {
      rmSync(script, { recursive: true, force: true })
      return runNode([YARDSTICK, input, script, ...tables], { oneCore })
    },
  }
}

/**
 * The seconds from the start of the process to the beginning and the end of each step, from the
 * events of the run.
 */
function stepsOf({ stdout, startedAt, wallSeconds }) {
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const seconds = (event) => (Date.parse(event.at) - startedAt) / 1000
  const started = new Map(events.flatMap((event) => (event.type === 'step-started' ? [[event.asset, event]] : [])))
  const steps = events.flatMap((event) => {
    if (event.type !== 'step-finished') return []
    return [{ name: event.asset, from: seconds(started.get(event.asset)), to: seconds(event), rows: event.rows }]
  })
  const begun = Math.min(...steps.map(({ from }) => from))
  const ended = Math.max(...steps.map(({ to }) => to))
  return [
    { name: 'start, list the files, plan, claim', from: 0, to: begun },
    ...steps,
    { name: 'close', from: ended, to: wallSeconds },
  ]
}
