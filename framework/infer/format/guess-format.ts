/** Guesses the format of files from the beginning of one. */
import { Buffer } from 'node:buffer'
import {
  csv,
  jsonDocuments,
  jsonLines,
  type ParquetFormat,
  parquet,
  type StreamedFormat,
} from '../../declare/format/file-format.ts'
import { beginsWith } from '../../ingest/beginnings.ts'
import { otherShape, otherShapeOfLine } from '../../ingest/lines/other-shape.ts'
import { commentKeys, commentText } from '../declared-text.ts'
import { type Envelope, envelopeOf } from './envelope.ts'
import { beginsWithData, type FileBeginning, numberedNames } from './header.ts'

/** The usual names of files, in the order in which they are tried if no pattern is given. */
export const USUAL_PATTERNS = ['*.json', '*.jsonl', '*.ndjson', '*.csv', '*.tsv', '*.parquet'] as const

/** Maximum length of a first record, in characters. */
const MAX_HEADER = 64 * 1024

const DELIMITERS = [',', ';', '\t', '|']

/** What a Parquet file begins with. */
export const PARQUET = Buffer.from('PAR1')

/** A format, and why it was chosen if the choice can be wrong. */
export interface GuessedFormat {
  readonly format: StreamedFormat | ParquetFormat
  /** The names of fields that the files do not name. */
  readonly names: readonly string[]
  readonly remarks: readonly string[]
}

const guessed = (format: GuessedFormat['format'], ...remarks: readonly string[]): GuessedFormat => ({
  format,
  names: [],
  remarks,
})

/** Parquet or JSON if the file begins like one; otherwise delimited text. */
export function guessFormat(beginning: FileBeginning): GuessedFormat {
  const { bytes } = beginning
  if (beginsWith(bytes, 0, PARQUET)) return guessed(parquet())
  const text = bytes.toString().replace(/^\ufeff/, '')
  const first = text.trimStart()[0]
  if (first === '[') return guessed(jsonDocuments({ records: '$[*]' }))
  return first === '{' ? guessObjects(beginning, text) : guessDelimited(beginning, text)
}

function guessObjects({ bytes }: FileBeginning, text: string): GuessedFormat {
  const envelope = envelopeOf(text)
  if (envelope) return guessed(jsonDocuments({ records: envelope.records }), ...envelopeRemarks(envelope))
  const isOneLine = text.trim().indexOf('\n') < 0
  const isDocuments = otherShape(bytes) !== undefined || (isOneLine && otherShapeOfLine(text) !== undefined)
  return guessed(isDocuments ? jsonDocuments() : jsonLines())
}

/** Only the owner of the files knows whether each document is a record. */
function envelopeRemarks({ records, others }: Envelope): readonly string[] {
  if (others.length === 0) return []
  return [
    `The records are the items of ${commentText(records)}. Keys beside them are not read: ${commentKeys(others)}.`,
    'jsonDocuments() would read each document as one record.',
  ]
}

/** A field in quotes, which can contain delimiters and line ends. */
const QUOTED = /"(?:[^"]|"")*"/g

/** What Excel reads in a first line such as `sep=;`, and does not show. */
const NAMED_DELIMITER = /^sep=([\x21-\x7e\t ])$/i

/** The delimiter is the one that the first line names, or the most frequent usual one in it. */
function guessDelimited(beginning: FileBeginning, text: string): GuessedFormat {
  const lines = text.slice(0, MAX_HEADER).replaceAll(QUOTED, '""').split(/\r?\n/)
  const [first = '', second = ''] = lines.filter((line) => line !== '')
  const named = NAMED_DELIMITER.exec(first)?.[1]
  const record = named === undefined ? first : second
  const delimiter = named ?? mostFrequent(record)
  const format = csv({ delimiter, ...(named !== undefined && { comment: first.slice(0, -1) }) })
  const remarks =
    named === undefined ? [] : ['The first line names the delimiter, as Excel writes it: it is read as a comment.']
  const fields = record.split(delimiter).length
  if (!beginsWithData(beginning, format, fields)) return guessed(format, ...remarks)
  const names = numberedNames(fields)
  return { format: { ...format, header: false }, names, remarks: [...remarks, headerRemark(fields)] }
}

function mostFrequent(record: string): string {
  const counts = DELIMITERS.map((delimiter) => record.split(delimiter).length)
  const most = Math.max(...counts)
  return most === 1 ? ',' : (DELIMITERS[counts.indexOf(most)] ?? ',')
}

const headerRemark = (fields: number): string =>
  `No header: the first record has values of the same types as the others. Rename c1${fields === 1 ? ', its field' : ` to c${fields}, its fields in their order`}.`
