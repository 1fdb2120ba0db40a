/** Runs the built program for the bench, and simulates its input. */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runNode } from './measure.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = join(ROOT, 'dist', 'main.js')

/** Runs `lake ARGS...` as a process of its own: see `runNode`. */
export function lake(args, options = {}) {
  if (!existsSync(PROGRAM)) throw new Error('the program is not built: npm run build')
  return runNode([PROGRAM, ...args], { cwd: ROOT, ...options })
}

/** The directory of simulated data of this size. It is made if it is missing. */
export function simulated(place, { songs, events, days }) {
  const directory = join(place, `input-${songs}-songs-${events}-events-${days}-days`)
  if (existsSync(directory)) return directory
  const unfinished = `${directory}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  lake([
    'simulate',
    '--out',
    unfinished,
    ...['--songs', songs, '--events', events, '--days', days, '--seed', 1].map(String),
  ])
  renameSync(unfinished, directory)
  return directory
}
