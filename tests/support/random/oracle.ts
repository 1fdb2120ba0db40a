/**
 * Computes the tables of the reference project a second time, from the rules alone. It uses no code
 * of the framework and no SQL, so that tests can compare the two. It is slow, and keeps everything
 * in memory.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type OracleRow = Readonly<Record<string, string | number | null>>

export interface Oracle {
  readonly tables: Readonly<Record<'songs' | 'artists' | 'users' | 'time' | 'songplays', readonly OracleRow[]>>
  readonly rows: Readonly<Record<'song_data' | 'log_data', number>>
  /** The places of rejected lines, such as `file:line`, in order. */
  readonly rejects: Readonly<Record<'song_data' | 'log_data', readonly string[]>>
}

type Kind = 'text' | 'int' | 'long' | 'double'

/** Maps each field to its type. A field with `!` must exist and not be null. */
const SONG_FIELDS = {
  ...{ song_id: 'text!', title: 'text!', artist_id: 'text!', artist_name: 'text!', year: 'int!', duration: 'double!' },
  ...{ artist_location: 'text', artist_latitude: 'double', artist_longitude: 'double', num_songs: 'int' },
} as const
const LOG_FIELDS = {
  ...{ ts: 'long!', page: 'text!', userId: 'text!', level: 'text!', sessionId: 'long!', itemInSession: 'long!' },
  ...{ firstName: 'text', lastName: 'text', gender: 'text', location: 'text', userAgent: 'text' },
  ...{ registration: 'double', song: 'text', artist: 'text', length: 'double' },
  ...{ auth: 'text', method: 'text', status: 'int' },
} as const

type Fields = Readonly<Record<string, string>>
type Line = Readonly<Record<string, string | number | bigint | null>>

interface Source {
  readonly rows: readonly Line[]
  readonly rejects: readonly string[]
}

/** The rows that the five tables must hold for the files under `input`. */
export function oracle(input: string): Oracle {
  const songData = readSource(join(input, 'song_data'), SONG_FIELDS)
  const logData = readSource(join(input, 'log_data'), LOG_FIELDS)
  const catalogue = [...lastOf(songData.rows, 'song_id').values()]
  const plays = logData.rows.filter(({ page }) => page === 'NextSong')
  return {
    tables: {
      songs: catalogue.map(({ song_id, title, artist_id, year, duration }) =>
        row({ song_id, title, artist_id, year, duration }),
      ),
      artists: artistsOf(catalogue),
      users: usersOf(plays),
      time: timeOf(plays),
      songplays: songplaysOf(plays, catalogue),
    },
    rows: { song_data: songData.rows.length, log_data: logData.rows.length },
    rejects: { song_data: songData.rejects, log_data: logData.rejects },
  }
}

/** The last row of each key. Sources give their rows ordered by path and line. */
function lastOf(rows: readonly Line[], key: string): ReadonlyMap<unknown, Line> {
  return new Map(rows.map((line) => [line[key], line]))
}

function artistsOf(catalogue: readonly Line[]): readonly OracleRow[] {
  const best = new Map<unknown, Line>()
  for (const song of catalogue) {
    const other = best.get(song.artist_id)
    if (!other || tellsMore(song, other)) best.set(song.artist_id, song)
  }
  return [...best.values()].map((song) =>
    row({
      artist_id: song.artist_id,
      name: song.artist_name,
      location: locationOf(song),
      latitude: song.artist_latitude,
      longitude: song.artist_longitude,
    }),
  )
}

function tellsMore(song: Line, other: Line): boolean {
  const rank = (line: Line) => [
    Number(line.artist_latitude !== null && line.artist_longitude !== null),
    Number(locationOf(line) !== null),
    Number(line.year),
  ]
  const [left, right] = [rank(song), rank(other)]
  const differing = left.findIndex((value, index) => value !== right[index])
  if (differing >= 0) return (left[differing] ?? 0) > (right[differing] ?? 0)
  return inBytes(String(song.song_id), String(other.song_id)) < 0
}

const locationOf = ({ artist_location }: Line) => (artist_location === '' ? null : artist_location)

function usersOf(plays: readonly Line[]): readonly OracleRow[] {
  const inTime = plays
    .filter(({ userId }) => userId !== '')
    .toSorted(
      (a, b) => compare(a.ts, b.ts) || compare(a.sessionId, b.sessionId) || compare(a.itemInSession, b.itemInSession),
    )
  return [...lastOf(inTime, 'userId').values()].map(({ userId, firstName, lastName, gender, level }) =>
    row({ user_id: userId, first_name: firstName, last_name: lastName, gender, level }),
  )
}

function timeOf(plays: readonly Line[]): readonly OracleRow[] {
  return [...new Set(plays.map(({ ts }) => Number(ts)))].map((ts) => {
    const at = new Date(ts)
    return {
      start_time: at.toISOString(),
      hour: at.getUTCHours(),
      day: at.getUTCDate(),
      week: isoWeek(at),
      month: at.getUTCMonth() + 1,
      year: at.getUTCFullYear(),
      weekday: at.getUTCDay() || 7,
    }
  })
}

/** Weeks begin on Monday. Week 1 contains the first Thursday of the year. */
function isoWeek(at: Date): number {
  const weekday = at.getUTCDay() || 7
  const thursday = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 4 - weekday)
  const newYear = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1)
  return 1 + Math.floor((thursday - newYear) / (7 * 24 * 3_600_000))
}

function songplaysOf(plays: readonly Line[], catalogue: readonly Line[]): readonly OracleRow[] {
  const recordings = new Map<string, Line>()
  for (const song of catalogue) {
    const name = JSON.stringify([song.title, song.artist_name, song.duration])
    const other = recordings.get(name)
    if (!other || inBytes(String(song.song_id), String(other.song_id)) < 0) recordings.set(name, song)
  }
  return plays.map((play) => {
    const recording = recordings.get(JSON.stringify([play.song, play.artist, play.length]))
    const at = new Date(Number(play.ts))
    return row({
      songplay_id: createHash('md5').update(`${play.sessionId}-${play.itemInSession}`).digest('hex'),
      start_time: at.toISOString(),
      user_id: play.userId,
      level: play.level,
      song_id: recording?.song_id ?? null,
      artist_id: recording?.artist_id ?? null,
      session_id: play.sessionId,
      location: play.location,
      user_agent: play.userAgent,
      year: at.getUTCFullYear(),
      month: at.getUTCMonth() + 1,
    })
  })
}

/** The row as `lake query` prints it. A bigint is a number if a double holds it exactly. */
function row(values: Readonly<Record<string, Line[string] | undefined>>): OracleRow {
  return Object.fromEntries(
    Object.entries(values).map(([name, value = null]) => {
      if (typeof value !== 'bigint') return [name, value]
      return [name, Number.isSafeInteger(Number(value)) ? Number(value) : String(value)]
    }),
  )
}

function readSource(root: string, fields: Fields): Source {
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[^._].*\.json$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted(inBytes)
  const rows: Line[] = []
  const rejects: string[] = []
  for (const name of names) {
    const text = readFileSync(join(root, name))
      .toString('utf8')
      .replace(/^\ufeff/, '')
    for (const [index, line] of text.split('\n').entries()) {
      if (line.trim() === '') continue
      const read = readLine(line, fields)
      if (read) rows.push(read)
      else rejects.push(`${name}:${index + 1}`)
    }
  }
  return { rows, rejects }
}

function readLine(line: string, fields: Fields): Line | undefined {
  let whole: unknown
  try {
    whole = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) return undefined
  const written = numbersAsWritten(line)
  const values: Record<string, Line[string]> = {}
  for (const [name, type] of Object.entries(fields)) {
    const value = (whole as Record<string, unknown>)[name] ?? null
    const read = value === null ? null : readValue(type.replace('!', '') as Kind, value, written.get(name) ?? '')
    if (read === undefined || (read === null && type.endsWith('!'))) return undefined
    values[name] = read
  }
  return values
}

/** Undefined for a value of the wrong type. */
function readValue(kind: Kind, value: unknown, written: string): Line[string] | undefined {
  if (kind === 'text') {
    if (typeof value === 'number') return written
    return typeof value === 'string' && !/\p{Surrogate}/u.test(value) ? value : undefined
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  if (kind === 'double') return value
  const exact = /^-?\d+$/.test(written) ? BigInt(written) : Number.isSafeInteger(value) ? BigInt(value) : undefined
  if (exact === undefined || exact !== BigInt.asIntN(kind === 'int' ? 32 : 64, exact)) return undefined
  return kind === 'int' ? Number(exact) : exact
}

/**
 * The numbers of the top level, as the line writes them. This parser knows only strings and nesting
 * of JSON.
 */
function numbersAsWritten(line: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const tokens = line.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g) ?? []
  let depth = 0
  for (const [index, token] of tokens.entries()) {
    if (token === '{' || token === '[') depth++
    if (token === '}' || token === ']') depth--
    if (token === ':' && depth === 1) found.set(JSON.parse(tokens[index - 1] ?? '""'), tokens[index + 1] ?? '')
  }
  return found
}

const inBytes = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right))

function compare(left: Line[string] | undefined, right: Line[string] | undefined): number {
  const [a, b] = [BigInt(left ?? 0), BigInt(right ?? 0)]
  return a < b ? -1 : a > b ? 1 : 0
}

/** A bigint is a string in JSON. */
export const withBigints = (row: OracleRow) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, name === 'session_id' ? String(value) : value]))
