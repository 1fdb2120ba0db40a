/** Writes simulated songs and events as source files, for `lake simulate`. */
import { closeSync, openSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LakeError } from '../errors.ts'
import { makeDirectory } from '../storage/local/make-directory.ts'
import { type DayLog, generateDays, type LogSize } from './events.ts'
import { logJson, songJson } from './json.ts'
import { createRandom, type Random } from './random.ts'
import { generateSongs, type Song, songPath } from './songs.ts'

export interface SimulateOptions extends LogSize {
  /** The directory for `song_data` and `log_data`. Created if missing. */
  readonly out: string
  readonly songs: number
  /**
   * The same seed and sizes give the same files, byte for byte. The songs do not depend on the size
   * of the log.
   */
  readonly seed: number
}

interface Simulated {
  readonly files: number
  readonly songs: number
  readonly events: number
}

/** Minimum values. */
const MINIMUM = { songs: 1, events: 1, days: 1, seed: 0 } as const

/**
 * Maximum number of lines in one write. A day of a big log is longer than the maximum length of a
 * string.
 */
const LINES_A_WRITE = 1_000

/**
 * Writes `out/song_data/A/B/C/TR....json`, a file for each song, and
 * `out/log_data/YYYY/MM/YYYY-MM-DD-events.json`, a file for each day. Never overwrites a file.
 * Throws `usage` for invalid sizes, or if a directory contains files, before it writes anything.
 * Throws `storage` if a file cannot be written.
 */
export async function simulate(options: SimulateOptions): Promise<Simulated> {
  const { out, songs, events, days, seed } = options
  refuseSizes(options)
  try {
    for (const source of ['song_data', 'log_data']) refuseFilesIn(join(out, source))
    const random = createRandom(seed)
    const catalogue = generateSongs(random, songs)
    writeSongs(random, join(out, 'song_data'), catalogue)
    for (const day of generateDays(random, catalogue, { events, days })) writeDay(join(out, 'log_data'), day)
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    const problem = `the simulated data could not be written: ${cause.message}`
    const remedy = 'Free some space or choose another --out, then simulate again.'
    throw new LakeError('storage', { problem, remedy, cause })
  }
  return { files: songs + days, songs, events }
}

function refuseSizes(options: SimulateOptions): void {
  for (const [name, minimum] of Object.entries(MINIMUM) as [keyof typeof MINIMUM, number][]) {
    if (Number.isSafeInteger(options[name]) && options[name] >= minimum) continue
    throw new LakeError('usage', {
      problem: `--${name} is ${options[name]}`,
      remedy: `Give a whole number of at least ${minimum}.`,
    })
  }
}

function refuseFilesIn(path: string): void {
  if (!containsFiles(path)) return
  throw new LakeError('usage', {
    problem: `${path} already contains files, which must not mix with simulated data`,
    remedy: 'Give --out another directory, or remove them.',
  })
}

/** Returns true if `path` is a file, or contains one at any depth. */
function containsFiles(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isDirectory()) return found !== undefined
  return readdirSync(path).some((name) => containsFiles(join(path, name)))
}

function writeSongs(random: Random, root: string, songs: readonly Song[]): void {
  const made = new Set<string>()
  for (const [ordinal, song] of songs.entries()) {
    const path = join(root, songPath(random, ordinal))
    const directory = dirname(path)
    if (!made.has(directory)) makeDirectory(directory)
    made.add(directory)
    writeFileSync(path, songJson(random, song), { flag: 'wx' })
  }
}

function writeDay(root: string, { date, events }: DayLog): void {
  const directory = join(root, date.slice(0, 4), date.slice(5, 7))
  makeDirectory(directory)
  const file = openSync(join(directory, `${date}-events.json`), 'wx')
  try {
    for (let first = 0; first < events.length; first += LINES_A_WRITE) {
      const lines = events
        .slice(first, first + LINES_A_WRITE)
        .map(logJson)
        .join('\n')
      writeFileSync(file, first === 0 ? lines : `\n${lines}`)
    }
  } finally {
    closeSync(file)
  }
}

function isSystemError(cause: unknown): cause is NodeJS.ErrnoException {
  return cause instanceof Error && 'syscall' in cause
}
