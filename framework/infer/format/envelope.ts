/** Finds the envelope around the records of a JSON document, such as `{"Records": [{}, {}]}`. */
import { Buffer } from 'node:buffer'
import { recordsUnder } from '../../declare/format/record-path.ts'
import { MORE, nextItem, stringEnd, valueEnd } from '../../ingest/records/json-tokens.ts'
import { CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../../scanner/ascii.ts'

export interface Envelope {
  /** The path to the records. */
  readonly records: string
  /** The keys beside the records. No row gets their values. */
  readonly others: readonly string[]
}

/** A member of the document. If the bytes end before its value does, `value` is cut. */
interface Member {
  readonly key: string
  readonly value: Buffer
  readonly isCut: boolean
}

/**
 * The envelope, if the document at the start of the text has one array of objects, and the array
 * makes up most of it. If other documents follow, each must have nothing but the array: otherwise
 * each document counts as a record.
 */
export function envelopeOf(text: string): Envelope | undefined {
  const bytes = Buffer.from(text)
  const { found, end } = membersOf(bytes)
  const [array, ...others] = found.filter(isRecords)
  const records = array && recordsUnder(array.key)
  if (!array || records === undefined || others.length > 0) return undefined
  const isFollowed = end < bytes.length && nextItem(bytes, end + 1) < bytes.length
  const isMost = array.isCut || array.value.length > end / 2
  if (isFollowed ? found.length > 1 : !isMost) return undefined
  return { records, others: found.flatMap(({ key }) => (key === array.key ? [] : [key])) }
}

/** The members of the first document, and the index of its closing brace. */
function membersOf(bytes: Buffer): { readonly found: readonly Member[]; readonly end: number } {
  const found: Member[] = []
  let at = nextItem(bytes, bytes.indexOf(OPEN_BRACE) + 1)
  while (bytes[at] === QUOTE) {
    const keyEnd = stringEnd(bytes, at)
    const start = keyEnd === MORE ? bytes.length : nextItem(bytes, nextItem(bytes, keyEnd) + 1)
    if (start >= bytes.length) return { found, end: bytes.length }
    const end = valueEnd(bytes, start, true)
    const isCut = end === MORE
    found.push({ key: keyOf(bytes.subarray(at, keyEnd)), value: bytes.subarray(start, isCut ? undefined : end), isCut })
    if (isCut) return { found, end: bytes.length }
    at = nextItem(bytes, end)
    if (bytes[at] === COMMA) at = nextItem(bytes, at + 1)
  }
  return { found, end: at }
}

/** Whether it is an array of objects, as far as the text goes. */
function isRecords({ value }: Member): boolean {
  let at = nextItem(value, 1)
  if (value[0] !== OPEN_BRACKET || value[at] !== OPEN_BRACE) return false
  while (value[at] === OPEN_BRACE) {
    const end = valueEnd(value, at, true)
    if (end === MORE) return true
    at = nextItem(value, end)
    if (value[at] === COMMA) at = nextItem(value, at + 1)
  }
  return at >= value.length || value[at] === CLOSE_BRACKET
}

/** Empty if the text is no JSON. */
function keyOf(quoted: Buffer): string {
  try {
    return JSON.parse(quoted.toString())
  } catch {
    return ''
  }
}
