import { closeSync, openSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LakeError } from '../errors.ts'
import { makeDirectory } from '../storage/local/make-directory.ts'
import { type DayLog, generateDays, type LogSize } from './events.ts'
import { logJson, songJson } from './json.ts'
import { createRandom, type Random } from './random.ts'
import { generateSongs, type Song, songPath } from './songs.ts'

export interface SimulateOptions extends LogSize {
  /** The directory that `song_data` and `log_data` are written under; created where absent. */
  readonly out: string
  readonly songs: number
  /** The same seed and sizes give the same files, byte for byte; and the same songs whatever the size of the log. */
  readonly seed: number
}

export interface Simulated {
  readonly files: number
  readonly songs: number
  readonly events: number
}

const LEAST = { songs: 1, events: 1, days: 1, seed: 0 } as const

/** A day of a big log is longer than a string may be. */
const LINES_A_WRITE = 1_000

/**
 * Writes `out/song_data/A/B/C/TR....json`, a file a song, and `out/log_data/YYYY/MM/YYYY-MM-DD-events.json`, a file a day.
 * Throws LakeError `usage` for sizes that make no sense and where either holds files already, before anything is written, and `storage`
 * where a file cannot be written. Never overwrites a file.
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
    const message = `the simulated data could not be written: ${cause.message}. Free the place or choose another --out, and simulate again.`
    throw new LakeError('storage', message, { cause })
  }
  return { files: songs + days, songs, events }
}

function refuseSizes(options: SimulateOptions): void {
  for (const [name, least] of Object.entries(LEAST) as [keyof typeof LEAST, number][]) {
    if (Number.isSafeInteger(options[name]) && options[name] >= least) continue
    throw new LakeError('usage', `--${name} is ${options[name]}: give a whole number of at least ${least}.`)
  }
}

function refuseFilesIn(path: string): void {
  if (!holdsFiles(path)) return
  const message = `${path} holds files already, and simulated data must not mix with them. Give --out another directory, or remove them.`
  throw new LakeError('usage', message)
}

/** Whether a file is there, at `path` itself or at any depth under it. */
function holdsFiles(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isDirectory()) return found !== undefined
  return readdirSync(path).some((name) => holdsFiles(join(path, name)))
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
