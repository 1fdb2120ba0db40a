/** Guesses the format of files from the beginning of one. */
import type { Buffer } from 'node:buffer'
import {
  csv,
  type FileFormat,
  jsonDocuments,
  jsonLines,
  type ParquetFormat,
  parquet,
  type StreamedFormat,
} from '../declare/format/file-format.ts'
import { otherShape, otherShapeOfLine } from '../ingest/lines/other-shape.ts'

/** The usual names of files, in the order in which they are tried if no pattern is given. */
export const USUAL_PATTERNS = ['*.json', '*.jsonl', '*.ndjson', '*.csv', '*.tsv', '*.parquet'] as const

const DELIMITERS = [',', ';', '\t', '|']

/**
 * Parquet or JSON if the file begins like one; otherwise delimited text with a header. The
 * delimiter is the most frequent usual delimiter in the header.
 */
export function guessFormat(beginning: Buffer): StreamedFormat | ParquetFormat {
  if (beginning.toString('latin1', 0, 4) === 'PAR1') return parquet()
  const text = beginning.toString().replace(/^\ufeff/, '')
  const first = text.trimStart()[0]
  if (first === '[') return jsonDocuments({ records: '$[*]' })
  if (first === '{') return isDocuments(beginning, text) ? jsonDocuments() : jsonLines()
  const [header = ''] = text.split('\n')
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length)
  const most = Math.max(...counts)
  return csv({ delimiter: most === 1 ? ',' : (DELIMITERS[counts.indexOf(most)] ?? ',') })
}

function isDocuments(beginning: Buffer, text: string): boolean {
  const isOneLine = text.trim().indexOf('\n') < 0
  return otherShape(beginning) !== undefined || (isOneLine && otherShapeOfLine(text) !== undefined)
}

/** The call that declares a guessed format. */
export function formatCall(format: FileFormat): string {
  switch (format.kind) {
    case 'json-lines':
      return 'jsonLines()'
    case 'json-documents':
      return format.records === '$' ? 'jsonDocuments()' : `jsonDocuments({ records: '${format.records}' })`
    case 'csv':
      return format.delimiter === ','
        ? 'csv()'
        : `csv({ delimiter: '${format.delimiter === '\t' ? '\\t' : format.delimiter}' })`
    case 'parquet':
    case 'delta':
      return `${format.kind}()`
    case 'text-lines':
      return `textLines({ pattern: /${format.pattern}/${format.flags} })`
  }
}
