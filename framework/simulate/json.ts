/** Writes songs and events as JSON, with the quirks of the public data. */
import { REQUESTS } from './pages.ts'
import type { Random } from './random.ts'
import type { LogEvent } from './sessions.ts'
import type { Song } from './songs.ts'

/** Separators between fields, and between a key and its value. */
const SPACINGS = [
  [', ', ': '],
  [',', ':'],
  [' , ', ' : '],
] as const

const NUMERAL = /^(0|[1-9]\d*)(\.\d*[1-9])?$/

/**
 * Writes a song file: one object with keys in random order, random spacing, in ASCII or not,
 * without a final newline.
 */
export function songJson(random: Random, song: Song): string {
  const [comma, colon] = random.pick(SPACINGS)
  const fields = random.shuffle(Object.entries(song)).map(([key, value]) => `"${key}"${colon}${numeralOrJson(value)}`)
  const json = `{${fields.join(comma)}}`
  return random.chance(0.5) ? ascii(json) : json
}

/** Writes text that is a number as a number. */
function numeralOrJson(value: string | number | null): string {
  return typeof value === 'string' && NUMERAL.test(value) ? value : JSON.stringify(value)
}

/**
 * Writes a line of the log without its newline: keys by name, in ASCII, `/` as `\/`, doubles always
 * with a point.
 */
export function logJson(event: LogEvent): string {
  const { person, play, page } = event
  const { method, status } = REQUESTS[page]
  const json =
    `{"artist":${text(play?.artist)},"auth":"${person ? 'Logged In' : 'Logged Out'}","firstName":${text(person?.firstName)}` +
    `,"gender":${text(person?.gender)},"itemInSession":${event.itemInSession},"lastName":${text(person?.lastName)}` +
    `,"length":${float(play?.length)},"level":"${event.level}","location":${text(person?.location)},"method":"${method}"` +
    `,"page":"${page}","registration":${float(person?.registration)},"sessionId":${event.sessionId}` +
    `,"song":${text(play?.song)},"status":${status},"ts":${event.ts},"userAgent":${text(person?.userAgent)}` +
    `,"userId":"${person?.userId ?? ''}"}`
  return ascii(json.replaceAll('/', '\\/'))
}

function text(value: string | undefined): string {
  return JSON.stringify(value ?? null)
}

function float(value: number | undefined): string {
  if (value === undefined) return 'null'
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

function ascii(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
